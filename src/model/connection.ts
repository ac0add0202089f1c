import type { Scope } from './pipeline.ts';

/** The services that create connections; each names them by its own ARNs, and both know all of them. */
export type ConnectionService = 'codeconnections' | 'codestar-connections';

/** A connection that was created by the API. */
export interface Connection {
  arn: string;
  name: string;
  /** Such as `GitHub`. */
  providerType: string;
  tags: Record<string, string>;
  createdAt: number;
}

/** Returns `arn:aws:codeconnections:<region>:<account>:connection/<id>`. */
export function connectionArn({ account, region }: Scope, service: ConnectionService, id: string): string {
  return `arn:aws:${service}:${region}:${account}:connection/${id}`;
}

/** Reports whether a text is the ARN of a connection, of any account: it may have been created at AWS. */
export function isConnectionArn(text: string): boolean {
  return /^arn:aws(?:-\w+)*:(?:codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection\/[\w-]{1,100}$/.test(
    text,
  );
}
