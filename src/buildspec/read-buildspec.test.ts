import { describe, expect, test } from 'vitest';
import { BuildspecError } from './buildspec.ts';
import { readBuildspec } from './read-buildspec.ts';

const refusal = (text: string): { message: string; line: number } => {
  try {
    readBuildspec(text);
  } catch (error) {
    if (error instanceof BuildspecError) return { message: error.message, line: error.line };
    throw error;
  }
  throw new Error('it was accepted');
};

const minimal = 'version: 0.2\n';

test('reads every part', () => {
  const text = `version: 0.2
run-as: builder
env:
  shell: bash
  variables: { A: 1.10, B: "two words" }
  parameter-store: { P: /app/p }
  secrets-manager: { S: "db:password" }
  exported-variables: [A, TAG]
  git-credential-helper: yes
phases:
  install:
    runtime-versions: { nodejs: 20.x, python: 3.10 }
    commands: npm ci
  build:
    run-as: root
    on-failure: CONTINUE
    commands:
      - make
      - |
        if true; then
          echo yes
        fi
    finally:
      - echo done
reports:
  unit:
    files: ['**/*.xml']
    base-directory: out
artifacts:
  files: dist/**/*
  name: app-$TAG
  discard-paths: yes
  base-directory: target
  exclude-paths: ['**/*.map']
  enable-symlinks: yes
  secondary-artifacts:
    docs: { files: [site/*] }
cache:
  paths: [node_modules/**/*]
`;
  expect(readBuildspec(text)).toEqual({
    version: '0.2',
    runAs: 'builder',
    environment: {
      shell: 'bash',
      variables: { A: '1.10', B: 'two words' },
      parameterStore: { P: '/app/p' },
      secretsManager: { S: 'db:password' },
      exportedVariables: ['A', 'TAG'],
      usesGitCredentialHelper: true,
    },
    runtimeVersions: { nodejs: '20.x', python: '3.10' },
    phases: {
      install: { commands: [{ text: 'npm ci', line: 13 }], finally: [] },
      build: {
        runAs: 'root',
        onFailure: { action: 'CONTINUE' },
        commands: [
          { text: 'make', line: 18 },
          { text: 'if true; then\n  echo yes\nfi\n', line: 19 },
        ],
        finally: [{ text: 'echo done', line: 24 }],
      },
    },
    reports: [{ name: 'unit', files: ['**/*.xml'], fileFormat: 'JUNITXML', baseDirectory: 'out' }],
    artifacts: {
      files: ['dist/**/*'],
      excludePaths: ['**/*.map'],
      baseDirectory: 'target',
      name: 'app-$TAG',
      discardsPaths: true,
      keepsSymlinks: true,
    },
    secondaryArtifacts: {
      docs: { files: ['site/*'], excludePaths: [], discardsPaths: false, keepsSymlinks: false },
    },
    cachePaths: ['node_modules/**/*'],
    warnings: [],
  });
});

test.each([
  ['3.10', '3.10'],
  ['0080', '0080'],
  ['1e3', '1e3'],
  ['~', '~'],
  ['yes', 'yes'],
  ['"quoted: text"', 'quoted: text'],
])('the scalar %s is the text %j', (written, read) => {
  expect(readBuildspec(`${minimal}env: { variables: { A: ${written} } }`).environment.variables).toEqual({ A: read });
});

describe('commands', () => {
  const commandsOf = (text: string) =>
    readBuildspec(`${minimal}phases:\n  build:\n    commands:${text}`).phases.build?.commands.map(({ text }) => text);

  test.each([
    [' echo a', ['echo a']],
    [' |\n      echo a\n      echo b', ['echo a\necho b\n']],
    ['', []],
    ['\n      - # only a comment\n      - echo a', ['', 'echo a']],
    ['\n      - \'echo "a: b"\'', ['echo "a: b"']],
  ])('%j', (text, commands) => {
    expect(commandsOf(text)).toEqual(commands);
  });

  test('with a colon and a space are refused in the words of CodeBuild, and how to write them is said', () => {
    const text = `${minimal}phases:\n  build:\n    commands:\n      - echo a\n      - echo Step: one`;
    expect(refusal(text)).toEqual({
      line: 6,
      message:
        "Expected Commands[1] to be of string type: found subkeys instead at line 6, value of the key tag on line 5 might be empty\n'echo Step' is followed by a colon and a space, which makes it the key of a mapping: put the whole line in quotes.",
    });
  });
});

test.each([
  ['a list', '- version: 0.2', 1, 'The buildspec is not a YAML mapping.'],
  ['nothing', '', 1, 'The buildspec is not a YAML mapping.'],
  ['no version', 'phases: {}', 1, 'The buildspec has no version. Expecting: 0.2 or 0.1'],
  ['another version', 'version: 0.3', 1, 'Invalid buildspec version: 0.3. Expecting: 0.2 or 0.1'],
  ['broken YAML', `${minimal}phases: [`, 2, 'Flow sequence in block collection must be'],
  [
    'another phase',
    `${minimal}phases:\n  postbuild: {}`,
    3,
    'Invalid buildspec phase name: POSTBUILD. Expecting: BUILD,INSTALL,POST_BUILD,PRE_BUILD',
  ],
  ['a text for a mapping', `${minimal}phases:\n  build: make`, 3, 'Expected phases.build to be a mapping.'],
  ['a mapping for a text', `${minimal}env:\n  shell: { a: b }`, 3, 'Expected env.shell to be a text.'],
  [
    'another format',
    `${minimal}reports:\n  r:\n    file-format: TAP`,
    4,
    'Invalid file-format: TAP. Expecting: JUNITXML',
  ],
  ['too large', `${minimal}#${'x'.repeat(1024 * 1024)}`, 1, 'The buildspec is larger than 1 MiB.'],
])('%s is refused', (_, text, line, message) => {
  expect(refusal(text)).toEqual({ line, message: expect.stringContaining(message) });
});

test('anchors and merged mappings count, but not as many as could fill the memory', () => {
  const text = `${minimal}a: &a { commands: [make], finally: [b] }\nphases:\n  build: { <<: *a, finally: [c] }\n  post_build: *a`;
  const { phases } = readBuildspec(text);
  expect(phases.build?.commands.map(({ text }) => text)).toEqual(['make']);
  expect(phases.build?.finally.map(({ text }) => text)).toEqual(['c']);
  expect(phases.post_build?.finally.map(({ text }) => text)).toEqual(['b']);
  const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`);
  expect(refusal(`${minimal}l0: &l0 [x]\n${levels.join('\n')}`).message).toContain('alias');
});

test('unknown keys are ignored with a warning', () => {
  const text = `${minimal}environment_variables: { A: b }\nphases:\n  build:\n    steps: [make]\nartifacts:\n  type: zip\n  files: [x]`;
  expect(readBuildspec(text).warnings).toEqual([
    { line: 2, message: "The key 'environment_variables' is unknown and ignored." },
    { line: 5, message: "The key 'phases.build.steps' is unknown and ignored." },
    { line: 7, message: "The key 'artifacts.type' is unknown and ignored." },
  ]);
});

test.each([
  ['ABORT', { action: 'ABORT' }],
  ['CONTINUE', { action: 'CONTINUE' }],
  ['RETRY', { action: 'RETRY', times: 3 }],
  ['RETRY-5', { action: 'RETRY', times: 5 }],
  ['RETRY-.*timed out.*', { action: 'RETRY', times: 3, pattern: '.*timed out.*' }],
  ['RETRY-2-^a-b$', { action: 'RETRY', times: 2, pattern: '^a-b$' }],
])('on-failure %s', (text, onFailure) => {
  expect(readBuildspec(`${minimal}phases: { build: { on-failure: "${text}" } }`).phases.build?.onFailure).toEqual(
    onFailure,
  );
});

test.each(['abort', 'RETRYING', 'RETRY-101', 'RETRY3', 'RETRY-2-('])('on-failure %s is refused', (text) => {
  expect(refusal(`${minimal}phases: { build: { on-failure: "${text}" } }`).message).toContain(
    `Invalid on-failure: ${text}`,
  );
});

describe('batches', () => {
  const batchOf = (text: string) => readBuildspec(`${minimal}batch:\n${text}`).batch;
  const identifiers = (text: string) => batchOf(text)?.tasks.map(({ identifier }) => identifier);

  test('a graph has builds that depend on others', () => {
    const text = `  fast-fail: true
  build-graph:
    - identifier: one
      env: { variables: { A: b }, image: node, compute-type: BUILD_GENERAL1_SMALL }
    - { identifier: two, depend-on: [one], buildspec: two.yml, ignore-failure: true }`;
    expect(batchOf(text)).toEqual({
      stopsAtFirstFailure: true,
      tasks: [
        {
          identifier: 'one',
          dependsOn: [],
          ignoresFailure: false,
          variables: { A: 'b' },
          image: 'node',
          computeType: 'BUILD_GENERAL1_SMALL',
        },
        { identifier: 'two', dependsOn: ['one'], ignoresFailure: true, buildspec: 'two.yml', variables: {} },
      ],
    });
  });

  test('a matrix has a build for each combination', () => {
    const text = `  build-matrix:
    static: { ignore-failure: true, env: { variables: { FIXED: x } } }
    dynamic:
      buildspec: [a.yml, b.yml]
      env: { variables: { V: [1, 2, 3] } }`;
    expect(identifiers(text)).toEqual(['build0', 'build1', 'build2', 'build3', 'build4', 'build5']);
    expect(batchOf(text)?.tasks[4]).toEqual({
      identifier: 'build4',
      dependsOn: [],
      ignoresFailure: true,
      buildspec: 'b.yml',
      variables: { FIXED: 'x', V: '2' },
    });
  });

  test.each([
    ['  fast-fail: true', 'Expected batch to have one of'],
    ['  build-list: [{ identifier: a b }]', "Invalid identifier 'a b'"],
    ['  build-list: [{ identifier: a }, { identifier: a }]', 'the same identifier'],
    ['  build-graph: [{ identifier: a, depend-on: [b] }]', 'depends on b, which is not there'],
    [
      '  build-graph: [{ identifier: a, depend-on: [b] }, { identifier: b, depend-on: [a] }]',
      'The builds a → b → a depend on each other.',
    ],
  ])('%s is refused', (text, message) => {
    expect(refusal(`${minimal}batch:\n${text}`).message).toContain(message);
  });

  test('a matrix that few lines make huge is refused', () => {
    const variables = ['A', 'B', 'C', 'D', 'E'].map((name) => `${name}: [${'1,'.repeat(99)}]`);
    const text = `  build-matrix: { dynamic: { env: { variables: { ${variables.join(', ')} } } } }`;
    expect(refusal(`${minimal}batch:\n${text}`).message).toContain('A batch has at most 100 builds');
  });
});
