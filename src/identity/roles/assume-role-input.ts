import {
  matchesPattern,
  maxLength,
  maxValue,
  minLength,
  minValue,
  notNull,
  problemAt,
  validationMessage,
} from '../../contract/phrases.ts';
import type { XmlRefusal } from '../signatures/refusals.ts';

const statuses = { AccessDenied: 403, MalformedPolicyDocument: 400, ValidationError: 400 } as const;

/** An error of STS, returned as its `ErrorResponse`. */
export class StsError extends Error implements XmlRefusal {
  readonly code: keyof typeof statuses;
  readonly status: number;

  constructor(code: keyof typeof statuses, message: string) {
    super(message);
    this.name = 'StsError';
    this.code = code;
    this.status = statuses[code];
  }
}

/** The checked input of AssumeRole. */
export interface AssumeRoleInput {
  roleArn: string;
  sessionName: string;
  durationSeconds: number;
  /** The session policy as JSON text. */
  policy?: string;
}

// ExternalId is used only by conditions of trust policies, which roles don't have here.
const supported = new Set([
  'Action',
  'Version',
  'RoleArn',
  'RoleSessionName',
  'DurationSeconds',
  'Policy',
  'ExternalId',
]);
const sessionNamePattern = '[\\w+=,.@-]*';
const durations = { min: 900, max: 43_200, default: 3600 };

/**
 * Reads the parameters of AssumeRole in the query protocol. Throws a ValidationError for invalid input and for
 * unsupported parameters, such as session tags.
 */
export function readAssumeRoleInput(parameters: URLSearchParams): AssumeRoleInput {
  const foreign = [...parameters.keys()].find((name) => !supported.has(name) && !name.startsWith('X-Amz-'));
  if (foreign !== undefined)
    throw new StsError('ValidationError', `The parameter ${foreign.slice(0, 100)} is not supported.`);
  const text = (name: string) => parameters.get(name) ?? undefined;
  const roleArn = text('RoleArn');
  const sessionName = text('RoleSessionName');
  const duration = text('DurationSeconds') ?? String(durations.default);
  const policy = text('Policy');
  if (!/^-?\d{1,10}$/.test(duration)) {
    throw new StsError('ValidationError', 'DurationSeconds must be a whole number of seconds.');
  }
  const problems = [
    ...problemsOfText('roleArn', roleArn, { min: 20, max: 2048 }),
    ...problemsOfText('roleSessionName', sessionName, { min: 2, max: 64 }),
    ...problemsOfSessionName(sessionName),
    ...problemsOfDuration(Number(duration)),
    ...(policy === undefined ? [] : problemsOfText('policy', policy, { min: 1, max: 2048 })),
  ];
  if (problems.length > 0 || roleArn === undefined || sessionName === undefined) {
    throw new StsError('ValidationError', validationMessage(problems));
  }
  return { roleArn, sessionName, durationSeconds: Number(duration), ...(policy !== undefined && { policy }) };
}

function problemsOfText(path: string, text: string | undefined, { min, max }: { min: number; max: number }): string[] {
  if (text === undefined) return [problemAt(path, notNull)];
  if (text.length < min) return [problemAt(path, minLength(min))];
  return text.length > max ? [problemAt(path, maxLength(max))] : [];
}

function problemsOfSessionName(name = ''): string[] {
  const isValid = new RegExp(`^(?:${sessionNamePattern})$`).test(name);
  return isValid ? [] : [problemAt('roleSessionName', matchesPattern(sessionNamePattern))];
}

function problemsOfDuration(seconds: number): string[] {
  if (seconds < durations.min) return [problemAt('durationSeconds', minValue(durations.min))];
  return seconds > durations.max ? [problemAt('durationSeconds', maxValue(durations.max))] : [];
}
