import type { ValueSource } from './build-request.ts';
import { memberOf, readSecretReference } from './services/secret-reference.ts';

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
      // What is declared has one version.
      const { id, key } = readSecretReference(reference);
      const text = String(find('Secret', secretName(id)).value);
      return key === undefined ? text : memberOf(text, { id: secretName(id), key });
    },
  };
}

/** Parameters may be named by their ARN. */
function parameterName(name: string): string {
  return name.replace(/^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(?=\/)/, '');
}

/** The ARN of a secret ends with six characters of Secrets Manager. */
function secretName(id: string): string {
  return id.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/, '$1');
}
