import type { BuiltReport } from './reports/collect-reports.ts';

/** The phases of a build, in their order. */
export type BuildPhase =
  | 'DOWNLOAD_SOURCE'
  | 'INSTALL'
  | 'PRE_BUILD'
  | 'BUILD'
  | 'POST_BUILD'
  | 'UPLOAD_ARTIFACTS'
  | 'FINALIZING';

/** Why a phase failed, with CodeBuild's code. */
export interface PhaseFailure {
  code: 'COMMAND_EXECUTION_ERROR' | 'YAML_FILE_ERROR' | 'CLIENT_ERROR' | 'INTERNAL_ERROR';
  message: string;
}

export type BuildStatus = 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';

/** A phase that ended; instants in ms. */
export interface EndedPhase {
  phase: BuildPhase;
  status: BuildStatus;
  failure?: PhaseFailure;
  startedAt: number;
  endedAt: number;
}

/** How a build ended. */
export interface BuildResult {
  status: BuildStatus;
  phases: EndedPhase[];
  /** Values after the last command. */
  exportedVariables: Record<string, string>;
  reports: BuiltReport[];
}

/** Fails the phase that throws it. */
export class BuildFailure extends Error {
  readonly failure: PhaseFailure;

  constructor(code: PhaseFailure['code'], message: string) {
    super(message);
    this.name = 'BuildFailure';
    this.failure = { code, message };
  }
}
