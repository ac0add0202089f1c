import { mostChanges, type RefChange } from '../../model/sources/repository-event.ts';
import { type Forge, headerOf } from './forge.ts';
import { changeOf, cleanText, other } from './read-members.ts';

/** The longest line that names a ref. */
const maxLineBytes = 4096;

/** Without a forge: the `post-receive` hook of a bare repository posts the lines that Git gives it, with a token. */
export const postReceive: Forge = {
  name: 'post-receive',
  matches: (headers) => /^bearer /i.test(headerOf(headers, 'authorization') ?? ''),
  eventOf: () => 'push',
  deliveryIdOf: () => undefined,
  proofOf: (headers) => {
    const [, token = ''] = /^bearer +(\S+)$/i.exec(headerOf(headers, 'authorization') ?? '') ?? [];
    return token === '' ? undefined : { kind: 'push token', token };
  },
  hasLines: true,
  read(_, payload) {
    const { changes, count } = readLines(payload as Buffer);
    if (count === 0)
      return { content: other("There is no line of the form 'old new ref', as post-receive gets them.") };
    return { content: { kind: 'push', changes, count } };
  },
};

const line = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (refs\/\S+)$/;

function readLines(bytes: Buffer): { changes: RefChange[]; count: number } {
  const changes: RefChange[] = [];
  let count = 0;
  let start = 0;
  while (start < bytes.length && count < 10 * mostChanges) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    const [, before, after, ref] =
      line.exec(bytes.toString('utf8', start, Math.min(end, start + maxLineBytes)).trim()) ?? [];
    if (ref !== undefined) {
      count += 1;
      if (changes.length < mostChanges) changes.push(changeOf(cleanText(ref), before, after));
    }
    start = end + 1;
  }
  return { changes, count };
}
