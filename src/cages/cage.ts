import type { BuildLimits } from './build-limits.ts';

/** The folders of a build on this machine. */
export interface BuildFolders {
  /** The source, where commands begin. */
  source: string;
  /** Sources beside it, by the name of their artifact. */
  secondarySources: Readonly<Record<string, string>>;
  /** Scripts and what commands leave for the next one. */
  temporary: string;
  home: string;
}

/** How a program is started. */
export interface Launch {
  command: readonly string[];
  environment: Record<string, string>;
  folder: string;
}

/** Where one build runs. */
export interface Cage {
  /** The folders as commands see them. */
  folders: BuildFolders;
  /** Variables that commands need to find programs, such as PATH. */
  environment: Record<string, string>;
  /** Returns how to start a program inside, which lives as long as the build. */
  launch(command: readonly string[]): Launch;
  /** Whether commands may run as other users. */
  hasUsers: boolean;
  /** Ends everything that runs inside: SIGTERM, and SIGKILL for what is left after `graceMs`. */
  end(graceMs: number): Promise<void>;
  /** Says which limits the build has reached so far, in words. */
  reached(): Promise<string[]>;
}

/** What a build asks of its cage. */
export interface CageRequest {
  /** The build, as a label by which what a killed runner left behind is found. */
  mark: string;
  folders: BuildFolders;
  /** The container image, for cages that have one. */
  image?: string;
  hasNetwork: boolean;
  limits?: BuildLimits;
  /** Whether the build may use the container engine of this machine, and with it everything there. */
  isPrivileged?: boolean;
  /** Gives up opening the cage, for example while an image is pulled. */
  signal: AbortSignal;
}

/** A kind of cage that this machine has. */
export interface CageKind {
  name: string;
  /** Says what is missing on this machine, with what to install; undefined if it works. */
  findProblem(): Promise<string | undefined>;
  open(request: CageRequest): Promise<Cage>;
  /** Ends everything that a killed runner has left of a build. */
  endLeft(mark: string): Promise<void>;
}

/** A cage that this machine can't open; its message says why. */
export class CageError extends Error {}
