import { ServiceError } from '../../../contract/errors.ts';
import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import { ruleArn } from '../../../model/event-rule.ts';
import type { Scope } from '../../../model/pipeline.ts';

/** The only event bus. */
export const defaultBus = 'default';

/** Throws ResourceNotFoundException unless a call is about the default event bus of its account and Region. */
export function requireDefaultBus(nameOrArn: string | undefined, { account, region }: Scope): void {
  const [, busRegion = region, busAccount = account, name = nameOrArn] =
    /^arn:[^:]*:events:([^:]*):([^:]*):event-bus\/(.*)$/.exec(nameOrArn ?? defaultBus) ?? [];
  if ((name ?? defaultBus) === defaultBus && busRegion === region && busAccount === account) return;
  throw new ServiceError('ResourceNotFoundException', `Event bus ${nameOrArn} does not exist.`);
}

/** The rule that a call names, judged with its tags. */
export function namedRule(name: string, scope: Scope): TouchedResource[] {
  return [{ arn: ruleArn(scope, name), tagged: { kind: 'eventRule', name } }];
}

/** Every rule of the account and Region. */
export function everyRule(_: unknown, scope: Scope): TouchedResource[] {
  return [{ arn: ruleArn(scope, '*') }];
}

/** Returns ResourceNotFoundException for a rule. */
export function ruleNotFound(name: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${defaultBus}.`);
}
