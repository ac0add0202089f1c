import { SealError, type Sealer } from '../identity/secrets/sealer.ts';
import type { Scope } from '../model/pipeline.ts';

/** The start of the path of every link. */
export const approvalPath = '/-/approvals/';

/** The one approval that a link can answer, and in whose name. */
export interface ApprovalLink extends Scope {
  pipelineName: string;
  /** The approval token: the id of the action execution. */
  token: string;
  /** Name of the event target that the link was sent to. */
  target: string;
}

const context = 'approval link';

/** Returns the URL by which the reader of a message can answer an approval. The sealed part can't be guessed or changed. */
export function approvalUrl(
  { sealer, publicUrl }: { sealer: Sealer; publicUrl: () => string },
  { account, region, pipelineName, token, target }: ApprovalLink,
): string {
  const sealed = sealer.seal(JSON.stringify([account, region, pipelineName, token, target]), context);
  return `${publicUrl()}${approvalPath}${sealed}`;
}

/** Opens the end of a link's path; undefined if this server has not sealed it. */
export function openApprovalLink(sealer: Sealer, sealed: string): ApprovalLink | undefined {
  try {
    const parts = JSON.parse(sealer.open(sealed, context)) as [string, string, string, string, string];
    const [account, region, pipelineName, token, target] = parts;
    return { account, region, pipelineName, token, target };
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
