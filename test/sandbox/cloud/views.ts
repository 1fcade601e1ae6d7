import type { RoleBinding } from "./bindings.ts";
import type {
  ApiKey,
  CloudCluster,
  CloudRegistry,
  Environment,
  KeyResource,
  Organization,
  Owner,
} from "./organization.ts";

/**
 * Resources as the control plane writes them (ccloud-sdk-go-v2 cmk/v2, srcm/v3, org/v2, iam/v2). Optional members that are unset
 * are absent, not null. Key order as in real answers.
 */
export class Views {
  readonly #organization: Organization;
  readonly #origin: string;

  /** `origin` is where the links point: `https://api.confluent.cloud`. */
  constructor(organization: Organization, origin: string) {
    this.#organization = organization;
    this.#origin = origin;
  }

  /** With the long form of the CRN, which terraform-provider-confluent insists on (`utils.go`, `/kafka=`). */
  cluster(cluster: CloudCluster): object {
    const crn = `${this.#environmentCrn(cluster.environment)}/cloud-cluster=${cluster.id}/kafka=${cluster.id}`;
    return {
      api_version: "cmk/v2",
      kind: "Cluster",
      id: cluster.id,
      metadata: this.#metadata(`/cmk/v2/clusters/${cluster.id}`, crn, createdLongAgo),
      spec: {
        display_name: cluster.displayName,
        availability: cluster.kind === "Basic" ? "LOW" : "HIGH",
        cloud: cluster.cloud,
        region: cluster.region,
        config: { kind: cluster.kind, ...(cluster.kind === "Dedicated" ? { cku: 2, zones: ["1", "2", "3"] } : {}) },
        ...given("kafka_bootstrap_endpoint", cluster.bootstrap),
        ...given("http_endpoint", cluster.httpEndpoint),
        ...given("endpoints", endpointsView(cluster)),
        environment: this.#environmentReference(cluster.environment),
        ...given(
          "network",
          cluster.network === undefined ? undefined : { id: cluster.network, environment: cluster.environment },
        ),
      },
      status: { phase: cluster.phase, ...(cluster.kind === "Dedicated" ? { cku: 2 } : {}) },
    };
  }

  registry(registry: CloudRegistry): object {
    const crn = `${this.#environmentCrn(registry.environment)}/schema-registry=${registry.id}`;
    return {
      api_version: "srcm/v3",
      kind: "Cluster",
      id: registry.id,
      metadata: this.#metadata(`/srcm/v3/clusters/${registry.id}`, crn, createdLongAgo),
      spec: {
        display_name: "Stream Governance Package",
        package: registry.package,
        ...given("http_endpoint", registry.httpEndpoint),
        ...given("catalog_http_endpoint", registry.httpEndpoint === "" ? undefined : registry.httpEndpoint),
        ...given("private_http_endpoint", registry.privateHttpEndpoint),
        cloud: registry.cloud,
        region: registry.region,
        environment: this.#environmentReference(registry.environment),
      },
      status: { phase: "PROVISIONED" },
    };
  }

  environment(environment: Environment): object {
    return {
      api_version: "org/v2",
      kind: "Environment",
      id: environment.id,
      metadata: this.#metadata(
        `/org/v2/environments/${environment.id}`,
        this.#environmentCrn(environment.id),
        createdLongAgo,
      ),
      display_name: environment.displayName,
      stream_governance_config: { package: "ESSENTIALS" },
    };
  }

  serviceAccount(owner: Owner): object {
    return {
      api_version: "iam/v2",
      kind: "ServiceAccount",
      id: owner.id,
      metadata: this.#metadata(
        `/iam/v2/service-accounts/${owner.id}`,
        this.#ownerCrn(owner.id),
        owner.createdAt,
        owner.updatedAt,
      ),
      display_name: owner.displayName,
      description: owner.description,
    };
  }

  /** Of ours, in answers to the requests that made it: where a resource is. */
  address(collection: "service-accounts" | "api-keys" | "role-bindings", id: string): string {
    return `${this.#origin}/iam/v2/${collection}/${id}`;
  }

  roleBinding(binding: RoleBinding): object {
    return {
      api_version: "iam/v2",
      kind: "RoleBinding",
      id: binding.id,
      metadata: this.#metadata(
        `/iam/v2/role-bindings/${binding.id}`,
        `${this.#crn()}/role-binding=${binding.id}`,
        binding.createdAt,
      ),
      principal: binding.principal,
      role_name: binding.role,
      crn_pattern: binding.crn,
    };
  }

  /** With the secret in the answer that made the key, and never again. */
  apiKey(key: ApiKey, secret?: "with its secret"): object {
    return {
      api_version: "iam/v2",
      kind: "ApiKey",
      id: key.id,
      metadata: this.#metadata(
        `/iam/v2/api-keys/${key.id}`,
        `${this.#crn()}/user=${key.owner}/api-key=${key.id}`,
        key.createdAt,
        key.updatedAt,
      ),
      spec: {
        display_name: key.displayName,
        description: key.description,
        ...given("secret", secret && key.secret),
        owner: {
          id: key.owner,
          related: `${this.#origin}/iam/v2/service-accounts/${key.owner}`,
          resource_name: this.#ownerCrn(key.owner),
          api_version: "iam/v2",
          kind: key.owner.startsWith("u-") ? "User" : "ServiceAccount",
        },
        ...given("resource", this.#keyResource(key.resource)),
      },
    };
  }

  #keyResource(resource: KeyResource): object | undefined {
    switch (resource.kind) {
      case "Cloud":
        return undefined;
      case "Global":
        return {
          id: "global",
          related: `${this.#origin}/global/v1`,
          resource_name: this.#crn(),
          api_version: "global/v1",
          kind: "Global",
        };
      case "Kafka": {
        const environment = this.#organization.cluster(resource.id)?.environment ?? "";
        const resource_name = `${this.#environmentCrn(environment)}/cloud-cluster=${resource.id}`;
        const related = `${this.#origin}/cmk/v2/clusters/${resource.id}`;
        return { id: resource.id, environment, related, resource_name, api_version: "cmk/v2", kind: "Cluster" };
      }
      case "SchemaRegistry": {
        const environment = this.#organization.registry(resource.id)?.environment ?? "";
        const resource_name = `${this.#environmentCrn(environment)}/schema-registry=${resource.id}`;
        const related = `${this.#origin}/srcm/v3/clusters/${resource.id}`;
        return { id: resource.id, environment, related, resource_name, api_version: "srcm/v3", kind: "Cluster" };
      }
    }
  }

  #crn(): string {
    return `crn://confluent.cloud/organization=${this.#organization.content.id}`;
  }

  #environmentCrn(id: string): string {
    return `${this.#crn()}/environment=${id}`;
  }

  #ownerCrn(id: string): string {
    return `${this.#crn()}/${id.startsWith("u-") ? "user" : "service-account"}=${id}`;
  }

  #environmentReference(id: string): object {
    return { id, related: `${this.#origin}/org/v2/environments/${id}`, resource_name: this.#environmentCrn(id) };
  }

  #metadata(path: string, resourceName: string, createdAt: number, updatedAt = createdAt): object {
    return {
      self: `${this.#origin}${path}`,
      resource_name: resourceName,
      created_at: new Date(createdAt).toISOString(),
      updated_at: new Date(updatedAt).toISOString(),
    };
  }
}

const createdLongAgo = Date.UTC(2025, 1, 3, 10, 11, 12);

function endpointsView(cluster: CloudCluster): object | undefined {
  if (cluster.endpoints === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(cluster.endpoints).map(([accessPoint, endpoint]) => [
      accessPoint,
      {
        kafka_bootstrap_endpoint: endpoint.bootstrap,
        http_endpoint: endpoint.http,
        connection_type: endpoint.connectionType,
      },
    ]),
  );
}

function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
