import type { Draft, Owner } from "../resource.ts";
import { draftOf } from "./draft.ts";

/**
 * What consumers are asked for and given. A change of these bytes makes new asset releases of every published service
 * (Amplify release notes, November 2024, APIGOV-29048), so a test pins them: add to them only on purpose.
 */
export const ACCESS_REQUEST_DEFINITION = "kafka-worker-access";

/** How consumers authenticate at the cluster: a key of Confluent Cloud, or a user of SASL. */
export type CredentialForm = "api-key" | "sasl-user";

export const CREDENTIAL_REQUEST_DEFINITIONS: Readonly<Record<CredentialForm, string>> = {
  "api-key": "kafka-worker-api-key",
  "sasl-user": "kafka-worker-sasl-user",
};

export interface DefinitionOwner {
  readonly owner: Owner | undefined;
}

interface Property {
  readonly type: "string";
  readonly title: string;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly default?: string;
  readonly "x-axway-copyable"?: true;
  readonly "x-axway-encrypted"?: true;
}

/** Access request definition (agent-sdk pkg/apic/provisioning/accessrequestdefinitionbuilder.go). */
export function accessRequestDefinition({ owner }: DefinitionOwner): Draft {
  return draftOf("AccessRequestDefinition", {
    name: ACCESS_REQUEST_DEFINITION,
    title: "Kafka topic access",
    owner,
    spec: {
      schema: schemaOf("Access to one topic.", ASKED_FOR_ACCESS, ["operations", "transactional"]),
      provision: {
        schema: schemaOf("How to use the topic.", GIVEN_WITH_ACCESS, [
          "bootstrapServers",
          "groupPrefix",
          "mechanism",
          "topic",
        ]),
        policies: { transferable: true },
      },
    },
  });
}

/**
 * Credential request definition (agent-sdk pkg/apic/provisioning/credentialrequestdefinitionbuilder.go). `expiryDays`:
 * as the environment says, 0 for credentials that do not expire.
 */
export function credentialRequestDefinition(
  form: CredentialForm,
  { owner, expiryDays }: DefinitionOwner & { readonly expiryDays: number },
): Draft {
  const { title, type, asked, given, required } = FORMS[form];
  return draftOf("CredentialRequestDefinition", {
    name: CREDENTIAL_REQUEST_DEFINITIONS[form],
    title,
    owner,
    spec: {
      type,
      schema: schemaOf("A credential for the cluster.", asked, ["schemaRegistry"]),
      provision: {
        schema: schemaOf("The credential.", given, required),
        policies: { renewable: true, suspendable: true, ...(expiryDays > 0 ? { expiry: { period: expiryDays } } : {}) },
      },
    },
  });
}

const ASKED_FOR_ACCESS: Readonly<Record<string, Property>> = {
  operations: {
    type: "string",
    title: "Operations",
    description: "Read messages (consume), write messages (produce), or both.",
    enum: ["consume", "produce", "both"],
    default: "consume",
  },
  transactional: {
    type: "string",
    title: "Transactions",
    description: "Whether the application writes in Kafka transactions.",
    enum: ["no", "yes"],
    default: "no",
  },
};

const GIVEN_WITH_ACCESS: Readonly<Record<string, Property>> = {
  bootstrapServers: shown("Bootstrap servers", "Value of bootstrap.servers."),
  mechanism: shown("Security protocol and mechanism", "For security.protocol and sasl.mechanism."),
  topic: shown("Topic", "Name of the topic."),
  groupPrefix: shown(
    "Prefix",
    "Every consumer group and transactional id of the application begins with it; nothing else is allowed.",
  ),
};

/** Confluent Cloud's registry has keys; that of Platform has users that only its operator can make. */
const REGISTRY_KEY: Readonly<Record<string, Property>> = {
  schemaRegistry: yesOrNo("Schema Registry", "Whether a key for Schema Registry is needed too."),
};
const REGISTRY_ADDRESS: Readonly<Record<string, Property>> = {
  schemaRegistry: yesOrNo(
    "Schema Registry",
    "Whether the address of Schema Registry is needed too. How to log in to it is for the provider of the API to say.",
  ),
};

const FORMS = {
  "api-key": {
    title: "Kafka API key",
    type: "APIKey",
    asked: REGISTRY_KEY,
    given: {
      apiKey: shown("API key", "User name for SASL."),
      apiSecret: secret("API secret", "Password for SASL."),
      schemaRegistryUrl: shown("Schema Registry", "Value of schema.registry.url, where a key for it was asked for."),
      srKey: shown("Schema Registry key", "User name for Schema Registry."),
      srSecret: secret("Schema Registry secret", "Password for Schema Registry."),
    },
    required: ["apiKey", "apiSecret"],
  },
  "sasl-user": {
    title: "Kafka user",
    type: "HTTPBasic",
    asked: REGISTRY_ADDRESS,
    given: {
      username: shown("User", "User name for SASL."),
      password: secret("Password", "Password for SASL."),
      schemaRegistryUrl: shown("Schema Registry", "Value of schema.registry.url, where it was asked for."),
    },
    required: ["password", "username"],
  },
} as const;

function yesOrNo(title: string, description: string): Property {
  return { type: "string", title, description, enum: ["no", "yes"], default: "no" };
}

function shown(title: string, description: string): Property {
  return { type: "string", title, description, "x-axway-copyable": true };
}

/** Sent encrypted with the application's public key (agent-sdk pkg/util/encrypt.go), shown to the consumer only. */
function secret(title: string, description: string): Property {
  return { type: "string", title, description, "x-axway-copyable": true, "x-axway-encrypted": true };
}

/** As the SDK's schema builder writes it: draft-07, the order of the form apart, required names sorted. */
function schemaOf(description: string, properties: Readonly<Record<string, Property>>, required: readonly string[]) {
  return {
    type: "object",
    $schema: "http://json-schema.org/draft-07/schema#",
    description,
    properties,
    "x-axway-order": Object.keys(properties),
    required,
  };
}
