import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { BuildRequest, BuiltArtifact } from '../../../src/builds/build-request.ts';
import { runBuild } from '../../../src/builds/run-build.ts';
import type { CageKind } from '../../../src/cages/cage.ts';
import { findMarked } from '../../../src/cages/marked-processes.ts';
import { createGrowingMask } from '../../../src/masking/growing-mask.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A kind of cage to try, and what it needs. */
export interface TriedCage {
  cage: CageKind;
  image?: string;
}

/** Runs a buildspec on some files; the log comes without times. */
export async function buildIn(
  { cage, image }: TriedCage,
  text: string,
  changes: Partial<BuildRequest> & {
    files?: Record<string, string>;
    /** Where the folders of the build are made. */
    folder?: string;
    /** Changes the source before the build. */
    prepare?: (source: string) => Promise<void>;
  } = {},
) {
  const { files = {}, folder = tmpdir(), prepare, ...more } = changes;
  const root = await mkdtemp(join(folder, 'millrace-build-'));
  folders.push(root);
  const [source, temporary, home] = ['src', 'tmp', 'home'].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [source, temporary, home]) await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), content);
  }
  await prepare?.(source);
  const log: string[] = [];
  const printed: string[] = [];
  const artifacts: BuiltArtifact[] = [];
  const id = `shop:${crypto.randomUUID()}`;
  const result = await runBuild({
    facts: { id, initiator: 'codepipeline/shop', region: 'eu-central-1', isCi: true },
    folders: { source, temporary, home, secondarySources: {} },
    ...(text !== '' && { buildspec: { text } }),
    variables: { project: {}, start: {} },
    values: {
      parameter: async (name) => `value of ${name}`,
      secret: async (reference) => `secret ${reference}`,
    },
    cage,
    ...(image !== undefined && { image }),
    hasNetwork: true,
    timeoutMs: 60_000,
    serviceVariables: {},
    mask: createGrowingMask(),
    write: async (lines) => {
      log.push(...lines);
      if (!lines[0]?.startsWith('[Container]')) printed.push(...lines);
    },
    now: Date.now,
    signal: new AbortController().signal,
    wantedArtifacts: { hasPrimary: true, secondary: 'all' },
    store: async (artifact) => {
      artifacts.push(artifact);
    },
    ...more,
  });
  const lines = log.map((line) =>
    line
      .replace(/^(\[Container\]) \S+ \S+/, '$1')
      .replaceAll(source, 'SRC')
      .replace(/of (\/root|\/tmp\S*\/home) are/, 'of HOME are')
      .replaceAll(/\/codebuild\/output\/src\d+\/src/g, 'SRC'),
  );
  return { ...result, id, log: lines, printed, artifacts, source, left: await findMarked(id) };
}

/** Returns a buildspec of some commands. */
export const spec = (build: string[], more = '') =>
  `version: 0.2\nphases:\n  build:\n    commands:\n${build.map((line) => `      - ${JSON.stringify(line)}\n`).join('')}${more}`;

/** What became of each phase, and why. */
export const phasesOf = ({ phases }: Awaited<ReturnType<typeof buildIn>>) =>
  phases.map(({ phase, status, failure }) => [phase, status, ...(failure ? [failure.code, failure.message] : [])]);
