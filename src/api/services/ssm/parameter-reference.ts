import type { Scope } from '../../../model/pipeline.ts';

/** What a caller names a parameter by. */
export interface ParameterReference {
  name: string;
  /** A version or a label, after the last colon. */
  selector?: string;
  /** Whether it was named by its ARN, which does not tell whether the name begins with a slash. */
  isArn: boolean;
}

const arnPattern = /^arn:aws(?:-[\w]+)*:ssm:([^:]*):([^:]*):parameter\/([^:]+)(?::([^:]+))?$/;
const namePattern = /^([^:]+)(?::([^:]+))?$/;

/**
 * Reads a name such as `/shop/host`, `/shop/host:3` or an ARN. Returns undefined if it can't be that of a parameter of this
 * account and Region.
 */
export function readParameterReference(text: string, scope: Scope): ParameterReference | undefined {
  const [arn, region, account, path = '', arnSelector] = arnPattern.exec(text) ?? [];
  if (arn !== undefined) {
    if (region !== scope.region || account !== scope.account) return undefined;
    // A path has its first slash in the ARN only once.
    const name = path.includes('/') ? `/${path}` : path;
    return { name, isArn: true, ...(arnSelector !== undefined && { selector: arnSelector }) };
  }
  const [, name, selector] = namePattern.exec(text) ?? [];
  return name === undefined ? undefined : { name, isArn: false, ...(selector !== undefined && { selector }) };
}

/** Returns `arn:aws:ssm:<region>:<account>:parameter/<name>`, with one slash before the name. */
export function parameterArn({ region, account }: Scope, name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}
