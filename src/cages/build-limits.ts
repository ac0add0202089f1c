/** What a build may use at most; what is left out is not limited. */
export interface BuildLimits {
  memoryBytes?: number;
  /** How much of how many processors, as in 1.5. */
  processors?: number;
  /** Processes and threads. */
  processes?: number;
  /** All files of the build together, and each of them. */
  diskBytes?: number;
  /** What commands print into the log; of more only the end is kept. */
  outputBytes?: number;
}

const mib = 1024 ** 2;
const gib = 1024 ** 3;

/** What the machines of CodeBuild have. */
const computeTypes: Record<string, { memoryGib: number; processors: number; diskGib: number }> = {
  BUILD_GENERAL1_SMALL: { memoryGib: 4, processors: 2, diskGib: 64 },
  BUILD_GENERAL1_MEDIUM: { memoryGib: 8, processors: 4, diskGib: 128 },
  BUILD_GENERAL1_LARGE: { memoryGib: 16, processors: 8, diskGib: 128 },
  BUILD_GENERAL1_XLARGE: { memoryGib: 72, processors: 36, diskGib: 256 },
  BUILD_GENERAL1_2XLARGE: { memoryGib: 144, processors: 72, diskGib: 824 },
};

/** Logs that people read are shorter. */
const outputBytes = 64 * 1024 ** 2;

/** Limits of a runner in the place of those of compute types; `off` for none. */
export interface OwnLimits {
  memoryMib?: number | 'off';
  processors?: number | 'off';
  processes: number | 'off';
  diskGib?: number | 'off';
}

/** Returns the limits of a build by its compute type, of which a runner may change some; an unknown type is the smallest. */
export function limitsOfBuild(computeType: string | undefined, own: OwnLimits): BuildLimits {
  const type = computeTypes[computeType ?? ''] ?? computeTypes.BUILD_GENERAL1_SMALL;
  const limit = (name: keyof BuildLimits, value: number | 'off' | undefined, unit = 1): BuildLimits =>
    value === undefined || value === 'off' ? {} : { [name]: value * unit };
  return {
    outputBytes,
    ...limit('memoryBytes', own.memoryMib ?? (type && type.memoryGib * 1024), mib),
    ...limit('processors', own.processors ?? type?.processors),
    ...limit('processes', own.processes),
    ...limit('diskBytes', own.diskGib ?? type?.diskGib, gib),
  };
}
