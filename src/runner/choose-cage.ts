import type { CageKind } from '../cages/cage.ts';
import type { BuildOrder, CageName } from '../model/build.ts';

/** The cages of this machine, and what the runner's settings say about them. */
export interface RunnerCages {
  /** By name; of several container engines the first one that works is used. */
  kinds: Readonly<Record<CageName, readonly CageKind[]>>;
  /** The cage of builds that name none; without it the first of container and Bubblewrap that works. */
  preferred?: CageName;
  /** Whether builds may be plain processes, which can read what the runner can. */
  allowsProcesses: boolean;
  /** Images in the place of those that projects name, by pattern; the first that matches counts. */
  images: readonly { pattern: string; image: string }[];
}

/** Where a build runs; `note` is a line for its log. */
export interface ChosenCage {
  cage: CageKind;
  image?: string;
  note: string;
}

/** Chooses the cage of a build. Rejects with what is missing on this machine. Never takes another cage than the named one. */
export async function chooseCage(
  { cage, image: named }: Pick<BuildOrder, 'cage' | 'image'>,
  cages: RunnerCages,
): Promise<ChosenCage> {
  // Commands name no image, and the pattern `*` stands for theirs too.
  const image = imageFor(named ?? '', cages) || undefined;
  const wanted = cage ?? cages.preferred;
  if (wanted !== undefined) return openable(wanted, image, cages);
  const problems: string[] = [];
  // An image of CodeBuild can't be had elsewhere, so without one in its place a container can't be what is meant.
  const order: CageName[] =
    image !== undefined && !isCodeBuildImage(image) ? ['container', 'bubblewrap'] : ['bubblewrap'];
  for (const name of order) {
    try {
      return await openable(name, image, cages);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `This runner has no cage for builds. ${problems.join(' ')} Install bubblewrap, or Docker or Podman and name an image with --image.`,
  );
}

async function openable(name: CageName, image: string | undefined, cages: RunnerCages): Promise<ChosenCage> {
  if (name === 'process' && !cages.allowsProcesses) {
    throw new Error('Builds as plain processes are not allowed on this runner; see --allow-process-builds.');
  }
  if (name === 'container' && image === undefined) throw new Error('A build in a container needs an image.');
  const problems: string[] = [];
  for (const kind of cages.kinds[name]) {
    const problem = await kind.findProblem();
    if (problem !== undefined) problems.push(problem);
    else if (name === 'container')
      return { cage: kind, ...(image && { image }), note: `Running in ${kind.name}: ${image}` };
    else {
      const unused = image === undefined ? '' : `; the image ${image} is not used`;
      return { cage: kind, note: `Running on the runner's machine, in the cage ${kind.name}${unused}` };
    }
  }
  throw new Error(`The cage '${name}' does not work here: ${problems.join(' ')}`);
}

function isCodeBuildImage(image: string): boolean {
  return image.startsWith('aws/codebuild/');
}

function imageFor(image: string, { images }: RunnerCages): string {
  return images.find(({ pattern }) => matches(pattern, image))?.image ?? image;
}

/** A star stands for any characters. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, piece] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const found = isLast ? text.length - piece.length : text.indexOf(piece, at);
    if (found < at || !text.startsWith(piece, found)) return false;
    at = found + piece.length;
  }
  return true;
}
