import { expect, test } from 'vitest';
import { readProject } from '../projects/project.ts';
import { readResourceFile } from './resource-file.ts';

const read = (text: string) => readResourceFile(text, { environment: {}, readFile: () => '' });

test('a project in a file has the members of CodeBuild, and needs no more than its name', () => {
  const { resources, mistakes } = read(`projects:
  - name: shop
  - name: site
    source: { type: NO_SOURCE, buildspec: "version: 0.2\\nphases: {}\\n" }
    environment:
      image: node:20
      environmentVariables:
        - { name: STAGE, value: test }
    timeoutInMinutes: 10
    cage: process
    network: none
  - name: lint
    source: { buildspec: ci/lint.yml }
`);
  expect(mistakes).toEqual([]);
  const [shop, site, lint] = resources.map((resource) => readProject(resource, { account: '1', region: 'r' }));
  expect(shop).toMatchObject({ source: { type: 'CODEPIPELINE' }, artifacts: { type: 'CODEPIPELINE' } });
  expect(lint).toMatchObject({ source: { type: 'CODEPIPELINE', buildspec: 'ci/lint.yml' } });
  expect(site).toMatchObject({
    artifacts: { type: 'NO_ARTIFACTS' },
    environment: {
      type: 'LINUX_CONTAINER',
      image: 'node:20',
      environmentVariables: [{ name: 'STAGE', value: 'test' }],
    },
    timeoutInMinutes: 10,
    cage: 'process',
    network: 'none',
  });
});

test.each<[string, string]>([
  ['sourc: {}', "A Project has no member 'sourc'"],
  ['source: x', 'source: expected members or a list.'],
  ['source: null', 'source: expected a text'],
  ['source: [1]', 'source: Start of list found where not expected.'],
  ['source: { type: S3 }', 'source: Invalid project source: source type S3 should have a location.'],
  ['environment: { images: a }', "environment: environment has no member 'images'"],
  ['environment: { environmentVariables: [{ name: V, value: 3.10 }] }', 'put texts that look like numbers in quotes'],
  ['timeoutInMinutes: ten', 'timeoutInMinutes: expected a whole number.'],
  ['timeoutInMinutes: 1', 'Member must have value greater than or equal to 5'],
  ['cage: docker', 'cage: expected one of container, bubblewrap, namespaces, process.'],
  ['network: host', 'network: expected none, or no such member.'],
  ['serviceRole: 7', 'serviceRole: expected a text.'],
  ['badgeEnabled: true', 'badgeEnabled: Build badges are not supported for CodePipeline source.'],
])('%s is a mistake of its line', (member, message) => {
  const { mistakes } = read(`projects:\n  - name: shop\n    ${member}\n`);
  expect(mistakes).toContainEqual({ line: 3, message: expect.stringContaining(message) });
});

test('names are those of CodeBuild', () => {
  const { mistakes } = read('projects:\n  - name: a.b\n');
  expect(mistakes).toEqual([{ line: 2, message: expect.stringContaining('2 to 150 letters') }]);
});
