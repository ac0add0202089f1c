import { builtInActionTypes } from '../catalogue/action-types.ts';
import { actionTypeKey, secretProperties } from '../model/action-type.ts';
import { referencesIn } from '../model/variable-reference.ts';
import { actionsOf, type Finding, type LintRule, type MemberPath } from './finding.ts';

const secretsOf = new Map(
  builtInActionTypes.map(({ definition }) => [actionTypeKey(definition.id), secretProperties(definition)]),
);

/** Names of variables and properties that hold secrets. */
const secretName = /(pass(word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|credential)s?$/i;

/** Values that are secrets under any name: keys of AWS, tokens of forges, private keys. */
const secretValue =
  /\bA(KIA|SIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

const hidesSecrets: LintRule = (declaration, { isUnresolved }) =>
  actionsOf(declaration).flatMap(({ action: { actionTypeId, configuration = {} }, path }) => {
    const secret = secretsOf.get(actionTypeKey(actionTypeId));
    return Object.entries(configuration).flatMap(([name, value]) => {
      const place = [...path, 'configuration', name];
      if (isUnresolved(value) || referencesIn(value).length > 0) return [];
      if (name === 'EnvironmentVariables') return inEnvironment(value, place);
      // What the type declares as a secret is sealed by the server, but it is in clear in this file.
      const isSecret =
        secret?.has(name) || secretValue.test(value) || (secretName.test(name) && !/^(true|false)$/i.test(value));
      return isSecret ? finding(`The value of ${name} is a secret in clear.`, place) : [];
    });
  });

function inEnvironment(text: string, path: MemberPath): Finding[] {
  let variables: unknown;
  try {
    variables = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(variables) ? variables : []).flatMap((variable) => {
    const { name = '', value = '', type = 'PLAINTEXT' } = (variable ?? {}) as Record<string, unknown>;
    const isClear = type === 'PLAINTEXT' && (secretName.test(String(name)) || secretValue.test(String(value)));
    if (!isClear || String(value).includes('#{')) return [];
    return finding(
      `The variable ${String(name)} is a secret in clear.`,
      path,
      'Give it the type SECRETS_MANAGER or PARAMETER_STORE.',
    );
  });
}

function finding(
  message: string,
  path: MemberPath,
  fix = 'Keep it out of the file: fill it in when the pipeline is saved.',
): Finding[] {
  return [{ rule: 'secret-in-clear', severity: 'warning', path, message, fix }];
}

/** Rules about secrets in declarations. */
export const secretRules: LintRule[] = [hidesSecrets];
