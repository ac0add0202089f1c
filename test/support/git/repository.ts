import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fromBuffer } from 'yauzl';
import { temporaryFolder } from '../machine/temporary-folder.ts';

/** A repository that tests push to by committing in it. */
export interface TestRepository {
  folder: string;
  /** Its address by path. */
  url: string;
  /** Runs `git` in it and returns what it prints. */
  git(...args: string[]): string;
  write(path: string, text: string): void;
  /** Commits every file; returns the id of the commit. */
  commit(message: string): string;
}

/** Creates a repository with the branch `main`. Its commits are by Ada, and committed by Bob. */
export function createRepository(): TestRepository {
  const folder = temporaryFolder();
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.com',
        GIT_AUTHOR_DATE: '2026-01-02T03:04:05+01:00',
        GIT_COMMITTER_NAME: 'Bob',
        GIT_COMMITTER_EMAIL: 'bob@example.com',
        GIT_COMMITTER_DATE: '2026-01-03T00:00:00Z',
      },
    })
      .toString()
      .trim();
  git('init', '-q', '-b', 'main');
  git('config', 'uploadpack.allowFilter', 'true');
  return {
    folder,
    url: `file://${folder}`,
    git,
    write(path, text) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    commit(message) {
      git('add', '-A');
      git('commit', '-qm', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** Returns the entries of a zip: their text, after the mode where it is not that of a plain file. */
export function unzip(bytes: Buffer): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const found: Record<string, string> = {};
      zip.on('end', () => resolve(found));
      zip.on('entry', (entry) => {
        const mode = (entry.externalFileAttributes >>> 16).toString(8);
        zip.openReadStream(entry, (failure, stream) => {
          if (failure) return reject(failure);
          buffer(stream).then((content) => {
            found[entry.fileName] = mode === '100644' ? content.toString() : `${mode} ${content}`;
            zip.readEntry();
          }, reject);
        });
      });
      zip.readEntry();
    });
  });
}
