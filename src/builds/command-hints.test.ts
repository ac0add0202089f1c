import { expect, test } from 'vitest';
import { type CommandPlace, findHint } from './command-hints.ts';

const inCage: CommandPlace = {
  cage: 'bubblewrap',
  findProgram: async (name) => (name === 'tool' ? '/home/a/tool' : undefined),
};
const inContainer: CommandPlace = { ...inCage, cage: 'docker', image: 'alpine' };
const standard = 'public.ecr.aws/codebuild/amazonlinux-x86_64-standard:6.0';

test.each([
  'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The token is invalid.',
  'Could not connect to the endpoint URL: "https://iam.amazonaws.com/"',
])('a call that went to AWS itself: %s', async (line) => {
  const failed = { status: 255, lines: [line], line: 12, isBlock: false };
  expect(await findHint('aws sts get-caller-identity', failed, inCage)).toMatch(
    /^This called AWS itself.*from 2\.13 on/,
  );
  const own = { ...failed, lines: ['Could not connect to the endpoint URL: "http://127.0.0.1:7090/"'] };
  expect(await findHint('aws s3 ls', own, inCage)).toBeUndefined();
});

test.each<[string, CommandPlace, number, string, string, string]>([
  [
    'a tool in dash',
    inCage,
    127,
    'mvn package',
    '/x/tmp/script.sh: 4: mvn: not found',
    `Line 12 of the buildspec needs mvn, which this machine does not have. Install it there, or run the build in a container of the image maven or ${standard}`,
  ],
  [
    'a tool in Bash, in a block',
    inContainer,
    127,
    'echo\nterraform apply\n',
    '/x/tmp/script.sh: line 5: terraform: command not found',
    'Line 14 of the buildspec needs terraform, which the image alpine does not have. Images with it: hashicorp/terraform',
  ],
  [
    'a tool in BusyBox',
    inContainer,
    127,
    'other',
    '/x/tmp/script.sh: line 4: other: not found',
    'Line 12 of the buildspec needs other, which the image alpine does not have',
  ],
  [
    'a tool that the cage does not show',
    inCage,
    127,
    'tool',
    'script.sh: 4: tool: not found',
    'Line 12 of the buildspec needs tool, which is /home/a/tool on this machine, where the cage bubblewrap does not show it',
  ],
  [
    'a package manager',
    inCage,
    100,
    'apt-get install -y jq',
    'E: Could not open lock file - open (30: Read-only file system)',
    'Packages of the system can be installed in a container only: the cage bubblewrap shows the programs of this machine. Install what is needed on the machine, or give the project an image',
  ],
  [
    'Docker without its server',
    inContainer,
    1,
    'docker build .',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'There is no Docker server in a container. A project with privilegedMode in a container gets the one of its machine',
  ],
])('%s', async (_, place, status, command, printed, expected) => {
  const failed = { status, lines: ['before', printed], line: 12, isBlock: command.includes('\n') };
  expect(await findHint(command, failed, place)).toBe(expected);
});

test('nothing is said of other failures', async () => {
  const failed = { status: 1, lines: ['nope'], line: 1, isBlock: false };
  expect(await findHint('make', failed, inCage)).toBeUndefined();
  expect(await findHint('apt-get update', failed, inContainer)).toBeUndefined();
  expect(await findHint('f', { ...failed, status: 127 }, inCage)).toBeUndefined();
});
