/** Where a command failed, and with what. */
export interface FailedCommand {
  status: number | undefined;
  /** The last lines that it printed. */
  lines: readonly string[];
  /** The line of the buildspec that it begins on. */
  line: number;
  /** Whether its text begins on the line after, as a block does. */
  isBlock: boolean;
}

/** What a failed command could have used. */
export interface CommandPlace {
  cage: string;
  image?: string;
  /** Finds a program on this machine, outside of the cage. */
  findProgram(name: string): Promise<string | undefined>;
}

const notFound = 127;
const notPermitted = 126;

const standardImage = 'public.ecr.aws/codebuild/amazonlinux-x86_64-standard:6.0';

/** Tools that buildspecs often call, with images that have them. */
const images: Record<string, string> = {
  aws: `public.ecr.aws/aws-cli/aws-cli or ${standardImage}`,
  cargo: `rust or ${standardImage}`,
  composer: `composer or ${standardImage}`,
  docker: `docker or ${standardImage}`,
  dotnet: `mcr.microsoft.com/dotnet/sdk or ${standardImage}`,
  git: standardImage,
  go: `golang or ${standardImage}`,
  gradle: `gradle or ${standardImage}`,
  helm: 'alpine/k8s',
  java: `eclipse-temurin or ${standardImage}`,
  kubectl: 'alpine/k8s',
  make: `gcc or ${standardImage}`,
  mvn: `maven or ${standardImage}`,
  node: `node or ${standardImage}`,
  npm: `node or ${standardImage}`,
  npx: `node or ${standardImage}`,
  php: `php or ${standardImage}`,
  pip: `python or ${standardImage}`,
  pip3: `python or ${standardImage}`,
  python: `python or ${standardImage}`,
  python3: `python or ${standardImage}`,
  ruby: `ruby or ${standardImage}`,
  terraform: 'hashicorp/terraform',
  yarn: `node or ${standardImage}`,
};

const packageManagers = /\b(apt-get|apt|yum|dnf|apk|zypper)\b/;
const missingPermission = /Permission denied|Read-only file system|are you root|must be root|requires? superuser/i;
const noSpace = /No space left on device|export: .*(I\/O|write) error/i;
const noDocker = /Cannot connect to the Docker daemon|dial unix \S*docker\.sock|docker\.sock: /;
/** What AWS answers to the keys of another server, and what comes without a way to it. */
const calledAws =
  /\((?:InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId)\)|Could not connect to the endpoint URL: "https:\/\/[\w.-]+\.amazonaws\.com/;

/** Returns what would help after a command that failed; undefined if nothing is known. */
export async function findHint(
  command: string,
  failed: FailedCommand,
  place: CommandPlace,
): Promise<string | undefined> {
  const { lines, status } = failed;
  const printed = lines.join('\n');
  if (noSpace.test(printed)) return 'The disk of this machine is full';
  if (noDocker.test(printed)) return dockerHint(place);
  if (calledAws.test(printed)) {
    return 'This called AWS itself. Version 2 of the AWS CLI finds the services of the server from 2.13 on, by variables such as AWS_ENDPOINT_URL_S3; services that the server does not have are at AWS only';
  }
  const isContainer = place.image !== undefined;
  if (!isContainer && packageManagers.test(command) && (status === notPermitted || missingPermission.test(printed))) {
    return `Packages of the system can be installed in a container only: the cage ${place.cage} shows the programs of this machine. Install what is needed on the machine, or give the project an image`;
  }
  if (status === notFound) return missingToolHint(failed, place);
  return undefined;
}

function dockerHint({ cage, image }: CommandPlace): string {
  const where = image === undefined ? `the cage ${cage}` : 'a container';
  return `There is no Docker server in ${where}. A project with privilegedMode in a container gets the one of its machine`;
}

async function missingToolHint(
  { isBlock, line, lines }: FailedCommand,
  place: CommandPlace,
): Promise<string | undefined> {
  for (const printed of [...lines].reverse()) {
    // As dash, BusyBox and Bash say it.
    const [, at, name] = /script\.sh: (?:line )?(\d+): (\S+): (?:command )?not found$/.exec(printed) ?? [];
    if (at === undefined || name === undefined) continue;
    // Scripts have three lines of ours before the command.
    const where = `Line ${line + Number(at) - 4 + (isBlock ? 1 : 0)} of the buildspec needs ${name}`;
    return `${where}, which ${await adviceOf(name, place)}`;
  }
  return undefined;
}

async function adviceOf(name: string, { cage, findProgram, image }: CommandPlace): Promise<string> {
  const known = Object.hasOwn(images, name) ? images[name] : undefined;
  if (image !== undefined) {
    return `the image ${image} does not have${known === undefined ? '' : `. Images with it: ${known}`}`;
  }
  const found = await findProgram(name);
  if (found !== undefined) return `is ${found} on this machine, where the cage ${cage} does not show it`;
  const other = known === undefined ? 'with an image that has it' : `of the image ${known}`;
  return `this machine does not have. Install it there, or run the build in a container ${other}`;
}
