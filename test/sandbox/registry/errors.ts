/** An answer of the registry that is not a success, with the codes of schema-registry `rest/exceptions/Errors.java`. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const subjectNotFound = (subject: string) => new RegistryError(404, 40401, `Subject '${subject}' not found.`);

export const versionNotFound = (version: number) => new RegistryError(404, 40402, `Version ${version} not found.`);

/** Without an id: the schema of a look-up. */
export const schemaNotFound = (id?: number | string) =>
  new RegistryError(404, 40403, id === undefined ? "Schema not found" : `Schema ${id} not found`);

const permanently = "Set permanent=true to delete permanently";

export const subjectSoftDeleted = (subject: string) =>
  new RegistryError(404, 40404, `Subject '${subject}' was soft deleted.${permanently}`);

export const subjectNotSoftDeleted = (subject: string) =>
  new RegistryError(404, 40405, `Subject '${subject}' was not deleted first before being permanently deleted`);

export const versionSoftDeleted = (subject: string, version: number) =>
  new RegistryError(404, 40406, `Subject '${subject}' Version ${version} was soft deleted.${permanently}`);

export const versionNotSoftDeleted = (subject: string, version: number) =>
  new RegistryError(
    404,
    40407,
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  );

export const compatibilityNotConfigured = (subject: string) =>
  new RegistryError(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`);

export const modeNotConfigured = (subject: string) =>
  new RegistryError(404, 40409, `Subject '${subject}' does not have subject-level mode configured`);

export const incompatible = (subject: string, details: readonly string[]) =>
  new RegistryError(
    409,
    40901,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${details.join(", ")}]`,
  );

export const invalidSchema = (message: string) => new RegistryError(422, 42201, message);

export const invalidVersion = (version: string) =>
  new RegistryError(
    422,
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );

export const invalidCompatibility = () =>
  new RegistryError(
    422,
    42203,
    "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive",
  );

export const invalidMode = () =>
  new RegistryError(422, 42204, "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.");

export const notPermitted = (message: string) => new RegistryError(422, 42205, message);

/** Two blanks where the default context has no name. */
export const readOnly = (subject: string, context: string) =>
  notPermitted(`Subject ${subject} in context ${context} is in read-only mode`);

export const referenceExists = (subject: string, version: number) =>
  new RegistryError(
    422,
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
  );

export const invalidSubject = (subject: string) =>
  new RegistryError(422, 42208, `The specified subject '${subject}' is not a valid.`);

export const schemaTooLarge = () =>
  new RegistryError(422, 42209, "Register operation failed because schema is too large");

export const denied = (operation: "Read" | "Write" | "Delete", subject: string) =>
  new RegistryError(403, 40301, `User is denied operation ${operation} on Subject: ${subject}`);
