/** The phases that a buildspec defines, in their order. */
export const phaseNames = ['install', 'pre_build', 'build', 'post_build'] as const;

export type PhaseName = (typeof phaseNames)[number];

/** A text of the file and the line it begins on. */
export interface Text {
  text: string;
  line: number;
}

/** What follows a failed phase. RETRY runs it `times` more, only if the failure's text matches `pattern`. */
export type OnFailure = { action: 'ABORT' | 'CONTINUE' } | { action: 'RETRY'; times: number; pattern?: string };

export interface Phase {
  runAs?: string;
  /** Absent if the buildspec doesn't say. */
  onFailure?: OnFailure;
  commands: Text[];
  finally: Text[];
}

/** Which files an artifact consists of. */
export interface Artifact {
  files: string[];
  excludePaths: string[];
  baseDirectory?: string;
  name?: string;
  discardsPaths: boolean;
  keepsSymlinks: boolean;
}

/** Files with results of tests or of coverage. */
export interface ReportGroup {
  name: string;
  files: string[];
  fileFormat: string;
  baseDirectory?: string;
}

export interface BuildEnvironment {
  shell?: string;
  variables: Record<string, string>;
  /** Names of parameters by variable. */
  parameterStore: Record<string, string>;
  /** `secret-id:json-key:version-stage:version-id` by variable. */
  secretsManager: Record<string, string>;
  exportedVariables: string[];
  usesGitCredentialHelper: boolean;
}

/** One build of a batch, with what it changes of the project and the buildspec. */
export interface BatchTask {
  identifier: string;
  /** Identifiers of the tasks that must succeed before. */
  dependsOn: string[];
  ignoresFailure: boolean;
  buildspec?: string;
  variables: Record<string, string>;
  image?: string;
  computeType?: string;
}

export interface Batch {
  stopsAtFirstFailure: boolean;
  tasks: BatchTask[];
}

/** Something in a buildspec that has no effect. */
export interface BuildspecWarning {
  line: number;
  message: string;
}

/** A buildspec. */
export interface Buildspec {
  /** 0.1 runs each command with nothing of the one before. */
  version: '0.1' | '0.2';
  runAs?: string;
  environment: BuildEnvironment;
  /** Versions such as `20`, `3.x` or `latest` by runtime. */
  runtimeVersions: Record<string, string>;
  phases: Partial<Record<PhaseName, Phase>>;
  reports: ReportGroup[];
  artifacts?: Artifact;
  secondaryArtifacts: Record<string, Artifact>;
  cachePaths: string[];
  batch?: Batch;
  warnings: BuildspecWarning[];
}

/** Something wrong with a buildspec. */
export class BuildspecError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'BuildspecError';
    this.line = line;
  }
}
