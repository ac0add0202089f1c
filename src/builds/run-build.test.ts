import { describe } from 'vitest';
import { describeBuilds } from '../../test/support/builds/build-cases.ts';
import { plainProcess } from '../cages/plain-process.ts';

describe('in plain processes', () => {
  describeBuilds({ cage: plainProcess(process.env) });
});
