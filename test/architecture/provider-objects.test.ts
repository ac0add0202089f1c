import { expect, test } from 'vitest';
import { unboundObjects } from './provider-objects.ts';
import { report } from './source-file.ts';

const runner = "import { createProviderRunner } from './providers/provider-runner.ts';\n";
const store = "import type { ObjectStore } from './artifacts/object-store.ts';\n";

test('finds a file that gives tools to providers and imports the object store', () => {
  expect(report(unboundObjects([{ path: 'src/shortcut.ts', text: runner + store }]))).toEqual([
    'src/shortcut.ts:2 only src/server/role-objects.ts may give objects to providers',
  ]);
  const apart = [
    { path: 'src/server/built-in-workers.ts', text: runner },
    { path: 'src/server/artifact-store.ts', text: store },
    {
      path: 'src/server/role-objects.ts',
      text: "import './providers/provider.ts';\nimport './artifacts/object-store.ts';\n",
    },
  ];
  expect(unboundObjects(apart)).toEqual([]);
});

test('finds a provider that opens connections', () => {
  const text = "import { S3Client } from '@aws-sdk/client-s3';\nimport { get } from 'node:https';\nawait fetch(url);\n";
  const found = unboundObjects([{ path: 'src/providers/mirror/run.ts', text }]);
  expect(found.map(({ line }) => line)).toEqual([1, 2, 3]);
  expect(
    unboundObjects([{ path: 'src/providers/zip/run.ts', text: "import { rm } from 'node:fs/promises';" }]),
  ).toEqual([]);
});
