import { createSecretMask, type HeldText, nothingHeld, type SecretMask } from '../../../masking/secret-mask.ts';
import type { HeldWrite, JobRecord, LogEnd } from '../../../store/store.ts';
import { clearSecrets } from '../../codepipeline/pipelines/secrets.ts';
import type { Dependencies } from '../../dependencies.ts';

type Sealing = Pick<Dependencies, 'sealer'>;

/**
 * Returns a function with which a log holds back the end of a text that may be the beginning of a secret. The end is
 * kept sealed, so a secret is found across calls and no part of it is stored in clear. Undefined if the action has no
 * secrets.
 */
export function holdBackSecrets(
  record: JobRecord,
  { sealer }: Sealing,
): ((text: string, held: string | undefined) => HeldWrite) | undefined {
  const mask = createSecretMask(clearSecrets(record, sealer));
  if (mask.isEmpty) return undefined;
  const context = sealingContext(record);
  return (text, sealed) => {
    const before = sealed === undefined ? nothingHeld : (JSON.parse(sealer.open(sealed, context)) as HeldText);
    const { text: shown, held } = mask.next(before, text);
    if (held.text === '') return { text: shown, heldBytes: 0 };
    return { text: shown, held: sealer.seal(JSON.stringify(held), context), heldBytes: Buffer.byteLength(held.text) };
  };
}

/** Appends the text held back to a page at the end of an ended job's log: no further text can complete a secret. */
export function releaseHeld(
  record: JobRecord,
  { text, nextOffset, isCut, held, offset }: { text: string; held: string; offset: number } & LogEnd,
  { sealer }: Sealing,
): { text: string } & LogEnd {
  const mask: SecretMask = createSecretMask(clearSecrets(record, sealer));
  const rest = Buffer.from(mask.end(JSON.parse(sealer.open(held, sealingContext(record))) as HeldText));
  const unread = rest.subarray(Math.max(0, offset - nextOffset));
  return { text: text + unread.toString(), nextOffset: nextOffset + rest.length, isCut };
}

function sealingContext({ job }: JobRecord): string {
  return `end of the log of job ${job.id}`;
}
