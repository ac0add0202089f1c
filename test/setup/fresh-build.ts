import { ensureFreshBuild } from '../../scripts/fresh-build.mjs';

/** Runs once before the suites that drive the real program, never once per file. */
export default ensureFreshBuild;
