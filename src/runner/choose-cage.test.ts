import { describe, expect, test } from 'vitest';
import type { CageKind } from '../cages/cage.ts';
import type { CageName } from '../model/build.ts';
import { chooseCage, type RunnerCages } from './choose-cage.ts';

function kind(name: string, problem?: string): CageKind {
  return {
    name,
    findProblem: async () => problem,
    open: async () => {
      throw new Error('opens nothing');
    },
    endLeft: async () => undefined,
  };
}

/** Returns the cages of a machine on which these work. */
function machine(works: readonly string[], more: Partial<RunnerCages> = {}): RunnerCages {
  const all = (...names: string[]) =>
    names.map((name) => kind(name, works.includes(name) ? undefined : `${name} is not installed.`));
  const kinds: Record<CageName, CageKind[]> = {
    container: all('docker', 'podman'),
    bubblewrap: all('bubblewrap'),
    namespaces: all('namespaces'),
    process: all('process'),
  };
  return { kinds, allowsProcesses: false, images: [], ...more };
}

const everything = ['docker', 'podman', 'bubblewrap', 'namespaces', 'process'];
const chosen = async (order: { cage?: CageName; image?: string }, cages: RunnerCages) => {
  const { cage, image } = await chooseCage(order, cages);
  return [cage.name, image];
};

describe('the cage of a build', () => {
  test.each([
    ['that its project names', { cage: 'namespaces' as const }, machine(everything), ['namespaces', undefined]],
    ['a container of its image', { image: 'shop-ci:2' }, machine(everything), ['docker', 'shop-ci:2']],
    ['the engine that works', { image: 'shop-ci:2' }, machine(['podman']), ['podman', 'shop-ci:2']],
    [
      'Bubblewrap for an image of CodeBuild',
      { image: 'aws/codebuild/standard:7.0' },
      machine(everything),
      ['bubblewrap', undefined],
    ],
    [
      'a container of the image that stands for all, if the build names none',
      {},
      machine(everything, { images: [{ pattern: '*', image: 'local/ci' }] }),
      ['docker', 'local/ci'],
    ],
    [
      'a container if an image stands for that of CodeBuild',
      { image: 'aws/codebuild/standard:7.0' },
      machine(everything, { images: [{ pattern: 'aws/codebuild/*:7.*', image: 'local/ci' }] }),
      ['docker', 'local/ci'],
    ],
    ['that of the runner', {}, machine(everything, { preferred: 'namespaces' }), ['namespaces', undefined]],
    [
      'a plain process where that is allowed',
      { cage: 'process' as const },
      machine(everything, { allowsProcesses: true }),
      ['process', undefined],
    ],
  ])('is %s', async (_, order, cages, expected) => {
    expect(await chosen(order, cages)).toEqual(expected);
  });

  test('is never another one than the named one', async () => {
    const cages = machine(['bubblewrap']);
    await expect(chooseCage({ cage: 'container', image: 'a' }, cages)).rejects.toThrow(
      "The cage 'container' does not work here: docker is not installed. podman is not installed.",
    );
    await expect(chooseCage({ cage: 'container' }, cages)).rejects.toThrow('needs an image');
    await expect(chooseCage({ cage: 'process' }, machine(everything))).rejects.toThrow('--allow-process-builds');
  });

  test('is missing on a machine without any, which is told what to install', async () => {
    await expect(chooseCage({ image: 'a' }, machine(['process']))).rejects.toThrow(
      /bubblewrap is not installed.* Install bubblewrap, or Docker or Podman/,
    );
  });

  test('is said in the log, with the image that is not used', async () => {
    const { note } = await chooseCage({ image: 'aws/codebuild/standard:7.0' }, machine(everything));
    expect(note).toBe(
      "Running on the runner's machine, in the cage bubblewrap; the image aws/codebuild/standard:7.0 is not used",
    );
  });
});
