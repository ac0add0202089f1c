import type { AWSSessionCredentials } from '../../contract/generated.ts';
import { callerOfRole, type RoleCaller } from '../caller.ts';
import { type Policy, parsePolicy } from '../policies/policy.ts';
import { roleNameOf } from '../secrets/job-credentials.ts';
import type { MasterKeys } from '../secrets/master-key.ts';
import { createSessionTokens, isBeforeRetirement } from '../secrets/session-token.ts';
import type { Role } from './role-declaration.ts';
import type { OpenedRoleSession } from './roles.ts';

/** Temporary credentials of a service role; `expiresAt` in ms, a whole second. */
interface ServiceSession {
  credentials: AWSSessionCredentials;
  expiresAt: number;
}

/** Who acts in a session. A service works in its own account, also under a role whose ARN came from another one. */
interface SessionName {
  account: string;
  roleArn: string;
  sessionName: string;
}

/** Sessions of service roles, such as those of builds, which are not stored. */
export interface ServiceSessions {
  /** Begins a session. What it may do is decided when it is used. */
  begin(name: SessionName): ServiceSession;
  /**
   * Returns who acts in a session, with the current policies of its role; of an undeclared one `undeclaredRights` or, if
   * roles are strict, nothing.
   */
  callerOf(name: SessionName): RoleCaller;
  /** Opens a session token; returns undefined if it is not one of a service role. */
  openSessionToken(token: string, accessKeyId: string, at: number): OpenedRoleSession | undefined;
}

/** How long a session is valid; the runner of a build gets the next one. */
const lifetimeMs = 60 * 60 * 1000;

type PackedSession = [kind: 'service', account: string, roleArn: string, sessionName: string, expiresAtSeconds: number];

/**
 * The policy of roles that are not declared: objects, as for the actions of pipelines, and the values that buildspecs
 * name. It allows neither changes of pipelines, buckets and keys, nor other roles.
 */
const undeclaredRights: Policy = parsePolicy({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        's3:AbortMultipartUpload',
        's3:DeleteObject',
        's3:GetBucketLocation',
        's3:GetBucketVersioning',
        's3:GetObject',
        's3:GetObjectVersion',
        's3:ListAllMyBuckets',
        's3:ListBucket',
        's3:ListMultipartUploadParts',
        's3:PutObject',
        'ecr:GetAuthorizationToken',
        'secretsmanager:GetSecretValue',
        'ssm:GetParameter',
        'ssm:GetParameters',
      ],
      Resource: '*',
    },
  ],
});

/** Creates the sessions of service roles. */
export function createServiceSessions(options: {
  roles: readonly Role[];
  isStrict: boolean;
  masterKeys: MasterKeys;
  now: () => number;
}): ServiceSessions {
  const { roles, isStrict, masterKeys, now } = options;
  const byArn = new Map(roles.map((role) => [role.arn, role]));
  const undeclared = isStrict ? [] : [undeclaredRights];
  const tokens = createSessionTokens<PackedSession>(masterKeys, 'service');
  const callerOf = ({ account, roleArn, sessionName }: SessionName, accessKeyId = ''): RoleCaller => {
    const policies = byArn.get(roleArn)?.policies ?? undeclared;
    const role = { account, name: roleNameOf(roleArn), arn: roleArn, policies };
    return callerOfRole(accessKeyId, role, { name: sessionName });
  };
  return {
    callerOf,
    begin({ account, roleArn, sessionName }) {
      const expiresAtSeconds = Math.ceil((now() + lifetimeMs) / 1000);
      const credentials = tokens.mint(['service', account, roleArn, sessionName, expiresAtSeconds]);
      return { credentials, expiresAt: expiresAtSeconds * 1000 };
    },
    openSessionToken(token, accessKeyId, at) {
      const opened = tokens.open(token, accessKeyId);
      if (!opened) return undefined;
      const [, account, roleArn, sessionName, expiresAtSeconds] = opened.statement;
      // `expiresAt` is rounded up.
      if (!isBeforeRetirement(opened, expiresAtSeconds * 1000, lifetimeMs + 1000)) return undefined;
      return {
        caller: callerOf({ account, roleArn, sessionName }, accessKeyId),
        secretAccessKey: opened.secretAccessKey,
        isExpired: at >= expiresAtSeconds * 1000,
      };
    },
  };
}
