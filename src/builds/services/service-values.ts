import type { ValueSource } from '../build-request.ts';
import { memberOf, readSecretReference } from './secret-reference.ts';

/**
 * Calls an operation of a service as the role of the build; rejects with an error whose message has the code and the text
 * of the service.
 */
export type CallService = (
  service: 'ssm' | 'secretsmanager',
  operation: string,
  input: object,
) => Promise<Record<string, unknown>>;

/** Returns the values of parameters and secrets as services have them. */
export function serviceValues(call: CallService): ValueSource {
  return {
    async parameter(name) {
      // Policies of roles for CodeBuild allow this operation, and not GetParameter.
      const { Parameters } = await call('ssm', 'GetParameters', { Names: [name], WithDecryption: true });
      const [found] = Array.isArray(Parameters) ? (Parameters as { Value?: unknown }[]) : [];
      if (found) return String(found.Value);
      throw new Error(`There is no parameter '${name}'. Declare it as a resource of the kind Parameter.`);
    },
    async secret(reference) {
      const { id, key, stage, versionId } = readSecretReference(reference);
      const { SecretString } = await call('secretsmanager', 'GetSecretValue', {
        SecretId: id,
        ...(stage !== undefined && { VersionStage: stage }),
        ...(versionId !== undefined && { VersionId: versionId }),
      });
      const text = String(SecretString);
      return key === undefined ? text : memberOf(text, { id, key });
    },
  };
}
