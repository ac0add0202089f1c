import { defineConfig } from 'vitest/config';
import { rootKey } from './test/support/requests/client-config.ts';

const freshBuild = './test/setup/fresh-build.ts';
const setupFiles = ['./test/setup/compare-snapshots.ts'];
/** Thousands of steps of the engine: minutes of computing, like the conformance suite. */
const randomHistories = 'src/engine/tick/random-history.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // A third of the time of the suites was each file loading the same modules again.
    isolate: false,
    setupFiles: ['./test/setup/process-state.ts', './test/setup/array-buffer-transfer.ts'],
    // Two workers suit the smallest machine this runs on, and more would only make time-outs lie.
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 30_000,
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      // Servers of the tests get their root key from their environment, so commands have to get it from theirs.
      MILLRACE_ROOT_ACCESS_KEY_ID: rootKey.accessKeyId,
      MILLRACE_ROOT_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
      // Few tests need the runner of builds that a server brings along.
      MILLRACE_RUNNER: 'off',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/architecture.test.ts',
            'test/architecture/**/*.test.ts',
            'bench/support/*.test.ts',
          ],
          exclude: ['src/store/postgres/**', randomHistories],
        },
      },
      {
        extends: true,
        test: { name: 'conformance', include: ['test/conformance/sqlite.test.ts', randomHistories], setupFiles },
      },
      {
        extends: true,
        // From here on tests start several processes each, which takes long on a busy machine.
        test: {
          name: 'postgres',
          include: [
            'test/conformance/postgres.test.ts',
            'src/store/postgres/**/*.test.ts',
            'test/cluster/**/*.test.ts',
          ],
          setupFiles,
          globalSetup: ['./test/setup/postgres.ts', freshBuild],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/{wire,clients,scenarios,hostile,crash,packaging}/**/*.test.ts'],
          setupFiles,
          globalSetup: [freshBuild],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: [freshBuild, './test/system/required-tools.ts'],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
