import type { Provider } from './provider.ts';
import * as s3Deploy from './s3-deploy/declaration.ts';
import { runS3Deploy } from './s3-deploy/run.ts';
import * as s3Source from './s3-source/declaration.ts';
import { runS3Source } from './s3-source/run.ts';

/** Every built-in provider; the one place where a new one is registered. */
export const providers: readonly Provider[] = [
  { declaration: s3Source.declaration, timeoutMs: s3Source.timeoutMs, run: runS3Source },
  { declaration: s3Deploy.declaration, timeoutMs: s3Deploy.timeoutMs, run: runS3Deploy },
];
