import { ServiceError } from '../../../contract/errors.ts';
import type { SSM } from '../../../contract/generated.ts';
import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredResource } from '../../../model/resource.ts';
import { openDocument } from '../../../resources/seal-document.ts';
import type { Dependencies } from '../../dependencies.ts';
import { toSeconds } from '../../seconds.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { type ParameterReference, parameterArn, readParameterReference } from './parameter-reference.ts';

const operation = describeOperations<'ssm'>('ssm');
const note = 'resources of the kind Parameter, in their current version; no labels, no parameters of other accounts';

/** The operations of Systems Manager that read parameters. */
export const parameterOperations: OperationsOf<'ssm'> = {
  GetParameter: operation('GetParameter', {
    note,
    resources: ({ Name }, scope) => [touchedParameter(Name, scope)],
    async run({ Name, WithDecryption }, call, dependencies) {
      const reference = readParameterReference(Name, call);
      const found = reference && (await findParameter(reference, call, dependencies));
      if (!reference || !found) throw new ServiceError('ParameterNotFound', `Parameter ${Name} not found.`);
      const { selector } = reference;
      if (!isCurrent(found, selector)) {
        const message = `Systems Manager could not find version ${selector} of ${reference.name}. Only its current version, ${found.version}, is kept, and versions have no labels.`;
        throw new ServiceError('ParameterVersionNotFound', message);
      }
      return { Parameter: show(found, { reference, isOpen: WithDecryption === true }, call, dependencies) };
    },
  }),
  GetParameters: operation('GetParameters', {
    note,
    resources: ({ Names }, scope) => Names.map((name) => touchedParameter(name, scope)),
    async run({ Names, WithDecryption }, call, dependencies) {
      const names = [...new Set(Names)];
      const parameters = await Promise.all(
        names.map(async (name) => {
          const reference = readParameterReference(name, call);
          const found = reference && (await findParameter(reference, call, dependencies));
          if (!found || !isCurrent(found, reference.selector)) return undefined;
          return show(found, { reference, isOpen: WithDecryption === true }, call, dependencies);
        }),
      );
      return {
        Parameters: parameters.filter((parameter) => parameter !== undefined),
        InvalidParameters: names.filter((_, index) => parameters[index] === undefined),
      };
    },
  }),
};

/** The parameter a name means; a name that can't mean one is judged as it is. */
function touchedParameter(name: string, scope: Scope): TouchedResource {
  const reference = readParameterReference(name, scope);
  return { arn: reference ? parameterArn(scope, reference.name) : name };
}

async function findParameter(
  { name, isArn }: ParameterReference,
  scope: Scope,
  { store }: Dependencies,
): Promise<StoredResource | undefined> {
  const found = await store.resources.find(scope, 'Parameter', name);
  // The ARN of a name without a slash and that of the same name with one are the same.
  return found ?? (isArn ? store.resources.find(scope, 'Parameter', `/${name}`) : undefined);
}

function isCurrent({ version }: StoredResource, selector: string | undefined): boolean {
  return selector === undefined || selector === String(version);
}

function show(
  parameter: StoredResource,
  { reference: { selector }, isOpen }: { reference: ParameterReference; isOpen: boolean },
  scope: Scope,
  { sealer }: Dependencies,
): SSM.Parameter {
  const { name, version, updatedAt, document } = parameter;
  const { value, values, secureValue } = isOpen ? openDocument(sealer, scope, parameter) : document;
  const isList = Array.isArray(values);
  return {
    Name: name,
    Type: secureValue !== undefined ? 'SecureString' : isList ? 'StringList' : 'String',
    Value: isList ? values.join(',') : textOf(value ?? secureValue),
    Version: version,
    LastModifiedDate: toSeconds(updatedAt),
    ARN: parameterArn(scope, name),
    DataType: 'text',
    ...(selector !== undefined && { Selector: `:${selector}` }),
  };
}

/** Returns a value as it is, or, if nobody asked to decrypt it, encrypted. */
function textOf(value: StoredResource['document'][string] | undefined): string {
  return typeof value === 'object' && 'sealed' in value ? value.sealed : String(value ?? '');
}
