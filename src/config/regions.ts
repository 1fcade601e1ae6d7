import type { Region } from "./model.ts";

interface RegionalAddresses {
  readonly url: string;
  readonly authUrl: string;
  readonly platformUrl: string;
  readonly deployment: string;
  /** Host of the ingestion service that speaks https on port 443. */
  readonly ingestionHost: string;
}

const LOGIN = "https://login.axway.com/auth";
const PLATFORM = "https://platform.axway.com";

/** agent-sdk `pkg/config/centralconfig.go` regionalSettingsMap; docs network_traffic.md. */
export const REGIONS: Readonly<Record<Region, RegionalAddresses>> = {
  US: {
    url: "https://apicentral.axway.com",
    authUrl: LOGIN,
    platformUrl: PLATFORM,
    deployment: "prod",
    ingestionHost: "ingestion.datasearch.axway.com",
  },
  EU: {
    url: "https://central.eu-fr.axway.com",
    authUrl: LOGIN,
    platformUrl: PLATFORM,
    deployment: "prod-eu",
    ingestionHost: "ingestion.visibility.eu-fr.axway.com",
  },
  AP: {
    url: "https://central.ap-sg.axway.com",
    authUrl: LOGIN,
    platformUrl: PLATFORM,
    deployment: "prod-ap",
    ingestionHost: "ingestion.visibility.ap-sg.axway.com",
  },
  EU2: {
    url: "https://engage.eu-fr.axway.com",
    authUrl: "https://login.eu-fr.axway.com/auth",
    platformUrl: "https://platform.eu-fr.axway.com",
    deployment: "prod-eu-regional",
    ingestionHost: "phoenix.eu-fr.axway.com",
  },
};
