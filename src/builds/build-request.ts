import type { BuildLimits } from '../cages/build-limits.ts';
import type { BuildFolders, CageKind } from '../cages/cage.ts';
import type { GrowingMask } from '../masking/growing-mask.ts';
import type { PackedEntry } from '../worker/archives/list-files.ts';
import type { BuildLog, WriteLog } from './build-log.ts';
import type { BuildPhase, EndedPhase } from './build-result.ts';

/** What a build is about, as its variables say. */
export interface BuildFacts {
  /** `project:uuid`. */
  id: string;
  arn?: string;
  /** Counts the builds of the project. */
  number?: number;
  projectArn?: string;
  /** Where people see the build. */
  url?: string;
  encryptionKey?: string;
  sourceRepositoryUrl?: string;
  image?: string;
  /** Such as `codepipeline/shop`. */
  initiator: string;
  /** Where the source came from. */
  sourceVersion?: string;
  /** The commit or revision of the source. */
  resolvedSourceVersion?: string;
  region: string;
  batchIdentifier?: string;
  /** Whether this is CodeBuild's place, and not somebody's own machine. */
  isCi: boolean;
}

/** The value of a variable: a text, or what has it. */
export type GivenValue = string | { parameter: string } | { secret: string };

/** Variables that the build gets from outside the buildspec; later ones win: project, then start. */
export interface GivenVariables {
  project: Record<string, GivenValue>;
  start: Record<string, GivenValue>;
}

/** Returns values that buildspecs name; rejects with a text that names what is missing. */
export interface ValueSource {
  parameter(name: string): Promise<string>;
  /** `secret-id:json-key:version-stage:version-id`. */
  secret(reference: string): Promise<string>;
}

/** An artifact to store: the primary one has no identifier. */
export interface BuiltArtifact {
  identifier?: string;
  name?: string;
  entries: PackedEntry[];
}

export interface BuildRequest {
  facts: BuildFacts;
  /** Marks everything that the build starts; by default its id. */
  mark?: string;
  folders: BuildFolders;
  /**
   * Puts what is not there yet into the folders, before anything else, and returns the buildspec if it is not among it.
   * Throws BuildFailure.
   */
  fetchSources?(log: BuildLog): Promise<{ text: string } | undefined>;
  /** Is told of each phase that begins or has ended: those that have ended, and the one that goes on. */
  onPhase?(ended: readonly EndedPhase[], current?: { phase: BuildPhase; startedAt: number }): void;
  /** The text itself, or a path in the source; by default `buildspec.yml`. */
  buildspec?: { text: string } | { path: string };
  variables: GivenVariables;
  /** Variables by which clients in the build find services and the credentials of its role; all others win. */
  serviceVariables: Record<string, string>;
  values: ValueSource;
  cage: CageKind;
  image?: string;
  hasNetwork: boolean;
  timeoutMs: number;
  limits?: BuildLimits;
  /** Whether a build in a container gets the socket of its engine. */
  isPrivileged?: boolean;
  /** Where the files of `cache` are kept for the next build; without it nothing is kept. */
  cacheFolder?: string;
  /** Masks what commands print; values of parameters and secrets are added to it. */
  mask: GrowingMask;
  write: WriteLog;
  now(): number;
  signal: AbortSignal;
  /**
   * The artifacts that are wanted: the primary one or, if the buildspec has none, as such the secondary one `orSecondary`; and
   * secondary ones by identifier.
   */
  wantedArtifacts: { hasPrimary: boolean; orSecondary?: string; secondary: 'all' | readonly string[] };
  store(artifact: BuiltArtifact): Promise<void>;
}
