import { expect, test } from 'vitest';
import { watchPowerCuts } from '../../../test/support/machine/power-cut.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { embeddedFile, openEmbeddedStore } from '../open.ts';

test('the mark of an open database and its removal survive a power cut', async () => {
  const folder = temporaryFolder();
  const mark = `${embeddedFile(folder)}-open`;
  const disk = await watchPowerCuts();
  const store = await openEmbeddedStore(folder, Date.now);
  expect(disk.keeps(mark)).toBe(true);
  expect(disk.torn).toEqual([]);
  await store.close();
  expect(disk.revives(mark)).toBe(false);
  expect(disk.keeps(mark)).toBe(false);
});
