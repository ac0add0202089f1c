import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildMarkFile, makeBuildFolders } from './build-folders.ts';

test('attempts of a build, and runners of a machine, have marks of their own', async () => {
  const root = mkdtempSync(join(tmpdir(), 'build-folders-'));
  try {
    const marks: string[] = [];
    for (const runner of ['10-1', '20-2']) {
      mkdirSync(join(root, runner));
      for (const attempt of [1, 2]) {
        const made = await makeBuildFolders(join(root, runner), { id: 'shop:1a2b', attempt, secondary: [] });
        expect(readFileSync(join(made.root, buildMarkFile), 'utf8')).toBe(made.mark);
        marks.push(made.mark);
      }
    }
    // What ends the left processes of one must not end those of another that runs.
    for (const mark of marks)
      expect(marks.filter((other) => other === mark || other.startsWith(`${mark}/`))).toEqual([mark]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
