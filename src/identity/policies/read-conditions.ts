import { arnParts } from './glob.ts';
import { addressRangeOf, type Condition, isOperatorName, operators, type SetOperator } from './policy-condition.ts';
import { isObject, PolicyError, readTexts } from './policy-json.ts';

const operatorText = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;
const keyText =
  /^aws:(?:(?:resourcetag|requesttag)\/.+|tagkeys|principalarn|securetransport|sourceip|requestedregion)$|^iam:passedtoservice$/s;
const s3KeyText =
  /^s3:(?:x-amz-(?:server-side-encryption|server-side-encryption-aws-kms-key-id|acl|copy-source|storage-class)|prefix|delimiter|max-keys|versionid)$/;

/** Reads the conditions of a `Condition` block, all of which must hold. Throws `PolicyError`. */
export function readConditions(block: unknown, place: string): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) throw new PolicyError(place, 'must be a JSON object');
  return Object.entries(block).flatMap(([name, keys]) => {
    const at = `${place}.${name}`;
    const operator = readOperator(name, place);
    if (!isObject(keys)) throw new PolicyError(at, 'must be a JSON object of condition keys');
    if (Object.keys(keys).length === 0) throw new PolicyError(at, 'needs at least one condition key');
    return Object.entries(keys).map(([key, values]) => ({
      ...operator,
      key: readKey(key, at),
      values: readValues(values, `${at}.${key}`, operator),
    }));
  });
}

type Operator = Pick<Condition, 'operator' | 'set' | 'isIfExists'>;

function readOperator(text: string, place: string): Operator {
  const [, set, name = '', ifExists] = operatorText.exec(text) ?? [];
  if (!isOperatorName(name)) {
    throw new PolicyError(
      place,
      `the operator '${text}' is not supported: expected ${[...operators.keys()].join(', ')}`,
    );
  }
  if (set !== undefined && !operators.get(name)?.hasSets) {
    throw new PolicyError(place, `the operator '${text}' is not supported: ${set} needs a String operator`);
  }
  if (name === 'Null' && ifExists)
    throw new PolicyError(place, `the operator '${text}' is not supported: IfExists cannot follow Null`);
  return { operator: name, isIfExists: ifExists !== undefined, ...(set && { set: set as SetOperator }) };
}

function readKey(key: string, place: string): string {
  const name = key.toLowerCase();
  if (keyText.test(name) || s3KeyText.test(name)) return name;
  throw new PolicyError(
    place,
    `the condition key '${key}' is not supported: expected aws:ResourceTag/<key>, aws:RequestTag/<key>, aws:TagKeys, ` +
      'aws:PrincipalArn, aws:SecureTransport, aws:SourceIp, aws:RequestedRegion, iam:PassedToService or, for S3, s3:prefix, s3:delimiter, s3:max-keys, ' +
      's3:VersionId, s3:x-amz-acl, s3:x-amz-copy-source, s3:x-amz-storage-class, s3:x-amz-server-side-encryption or ' +
      's3:x-amz-server-side-encryption-aws-kms-key-id',
  );
}

function readValues(values: unknown, place: string, { operator }: Operator): string[] {
  // `true` and `"true"` mean the same to IAM.
  const list = Array.isArray(values) ? values.map(textOf) : textOf(values);
  const kind = operators.get(operator)?.values;
  return readTexts(list, place, (text, at) => {
    if (kind === 'boolean' && !/^(?:true|false)$/i.test(text)) throw new PolicyError(at, 'must be true or false');
    if (kind === 'address' && !addressRangeOf(text)) {
      throw new PolicyError(
        at,
        `invalid address or address range '${text}': expected one such as 203.0.113.0/24 or 2001:db8::/32`,
      );
    }
    if (kind === 'arn' && !(text.startsWith('arn:') && arnParts(text).length === 6)) {
      throw new PolicyError(at, `invalid ARN '${text}': expected six parts separated by ':'`);
    }
  });
}

function textOf(value: unknown): unknown {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
}
