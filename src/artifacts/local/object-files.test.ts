import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { watchPowerCuts } from '../../../test/support/machine/power-cut.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { openObjectFiles, type Protection } from './object-files.ts';

const keySealer = { seal: (plain: string) => plain, open: (sealed: string) => sealed };

const chunks = () => Readable.from([Buffer.alloc(700_000, 'a'), Buffer.from('the end')]) as AsyncIterable<Buffer>;

test.each<Protection>(['plain', 'encrypted'])(
  'bytes and name of a file stored %s survive a power cut before its row is written',
  async (protection) => {
    const disk = await watchPowerCuts();
    const files = openObjectFiles(join(temporaryFolder(), 'artifacts'), keySealer);
    const survives = await files.store(chunks(), protection, async ({ fileId }) =>
      disk.keeps(join(files.objectsFolder, fileId.slice(0, 2), fileId)),
    );
    expect(survives).toBe(true);
    expect(disk.torn).toEqual([]);
  },
);

test('the object folders survive a power cut once they are opened', async () => {
  const folder = join(temporaryFolder(), 'artifacts');
  const disk = await watchPowerCuts();
  const { incomingFolder, objectsFolder } = openObjectFiles(folder, keySealer);
  for (const each of [folder, incomingFolder, objectsFolder]) expect(disk.keeps(each)).toBe(true);
});
