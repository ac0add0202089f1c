import type { ValueSource } from './build-request.ts';

/** A parameter or secret as it is declared. */
export interface DeclaredValue {
  kind: string;
  name: string;
  document: Record<string, unknown>;
}

/** Returns the values of declared parameters and secrets, as buildspecs name them; rejects for what is not declared. */
export function declaredValues(declared: readonly DeclaredValue[]): ValueSource {
  const find = (kind: string, name: string) => {
    const found = declared.find((value) => value.kind === kind && value.name === name);
    if (found) return found.document;
    throw new Error(`There is no ${kind.toLowerCase()} '${name}'. Declare it as a resource of the kind ${kind}.`);
  };
  return {
    async parameter(name) {
      const { value, values, secureValue } = find('Parameter', parameterName(name));
      return String(value ?? secureValue ?? (Array.isArray(values) ? values.join(',') : ''));
    },
    async secret(reference) {
      const { id, key } = readReference(reference);
      const text = String(find('Secret', id).value);
      return key === undefined ? text : memberOf(text, { id, key });
    },
  };
}

/** Parameters may be named by their ARN. */
function parameterName(name: string): string {
  return name.replace(/^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(?=\/)/, '');
}

/**
 * Reads `secret-id:json-key:version-stage:version-id`, whose first part may be an ARN with the suffix of Secrets Manager. What
 * is declared has one version.
 */
function readReference(reference: string): { id: string; key?: string } {
  const [, arnName, arnKey] = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:([^:]+)(?::([^:]*))?/.exec(reference) ?? [];
  if (arnName !== undefined) return withKey(arnName.replace(/-[A-Za-z0-9]{6}$/, ''), arnKey);
  const [id = '', key] = reference.split(':');
  return withKey(id, key);
}

function withKey(id: string, key: string | undefined): { id: string; key?: string } {
  return key ? { id, key } : { id };
}

function memberOf(text: string, { id, key }: { id: string; key: string }): string {
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
