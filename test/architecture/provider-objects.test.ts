import { expect, test } from 'vitest';
import { unboundObjects } from './provider-objects.ts';
import { report } from './source-file.ts';

const runner = "import { createProviderRunner } from './providers/provider-runner.ts';\n";
const store = "import type { ObjectStore } from './artifacts/object-store.ts';\n";

test('a file that hands tools to providers and knows the object store is found', () => {
  expect(report(unboundObjects([{ path: 'src/shortcut.ts', text: runner + store }]))).toEqual([
    'src/shortcut.ts:2 objects are handed to providers by src/server/role-objects.ts only',
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

test('a provider with connections of its own is found', () => {
  const text = "import { S3Client } from '@aws-sdk/client-s3';\nimport { get } from 'node:https';\nawait fetch(url);\n";
  const found = unboundObjects([{ path: 'src/providers/mirror/run.ts', text }]);
  expect(found.map(({ line }) => line)).toEqual([1, 2, 3]);
  expect(
    unboundObjects([{ path: 'src/providers/zip/run.ts', text: "import { rm } from 'node:fs/promises';" }]),
  ).toEqual([]);
});
