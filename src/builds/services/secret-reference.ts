/** What a buildspec names a secret by; empty parts are absent. */
export interface SecretReference {
  /** Its name or ARN. */
  id: string;
  /** The member of its JSON object that is meant. */
  key?: string;
  stage?: string;
  versionId?: string;
}

/** Reads `secret-id:json-key:version-stage:version-id`, whose first part may be an ARN. */
export function readSecretReference(reference: string): SecretReference {
  const [id = ''] =
    /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+/.exec(reference) ?? /^[^:]*/.exec(reference) ?? [];
  const [, key = '', stage = '', versionId = ''] = reference.slice(id.length).split(':');
  return { id, ...(key && { key }), ...(stage && { stage }), ...(versionId && { versionId }) };
}

/** Returns a member of a secret's JSON object as text. Throws if there is none. */
export function memberOf(text: string, { id, key }: { id: string; key: string }): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`The secret '${id}' is not a JSON object, so it has no key '${key}'.`);
  }
  const members = typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  if (!Object.hasOwn(members, key)) throw new Error(`The secret '${id}' has no key '${key}'.`);
  const value = members[key];
  return typeof value === 'string' ? value : JSON.stringify(value);
}
