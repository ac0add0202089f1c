import { DocumentError, type Path, readLocated } from './located-value.ts';
import { isTemplate, templatePipelines } from './template-pipelines.ts';

/** A declaration of a file, not checked yet. */
export interface ReadDeclaration {
  /** What the API takes as `pipeline`. */
  declaration: unknown;
  /** Returns the line of a member of the declaration. */
  lineOf(path: Path): number;
}

/** What templates leave open. */
export interface TemplateSettings {
  parameters: Record<string, string>;
  region: string;
  account: string;
}

/** What a file holds. */
export interface ReadFile {
  pipelines: ReadDeclaration[];
  /** The projects of a template, as CreateProject takes them. */
  projects: Record<string, unknown>[];
}

/** Members of what `get-pipeline` prints that CreatePipeline does not take. */
const printedOnly = ['version', 'created', 'updated'];

/**
 * Reads what a file holds: a declaration, `{ "pipeline": … }` as the AWS CLI takes and prints it, or a template.
 * Throws DocumentError.
 */
export function readDeclarations(text: string, settings: TemplateSettings): ReadFile {
  const { value, lineOf } = readLocated(text);
  if (isTemplate(value)) {
    const { pipelines, projects } = templatePipelines(value, { ...settings, given: settings.parameters });
    if (pipelines.length === 0)
      throw new DocumentError('The template has no resource of the type AWS::CodePipeline::Pipeline.', 1);
    const located = pipelines.map(({ logicalId, declaration }) => ({
      declaration,
      lineOf: (path: Path) => lineOf(['Resources', logicalId, 'Properties', ...path.map(toTemplate(path))]),
    }));
    return { pipelines: located, projects };
  }
  const document = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const prefix = 'pipeline' in document ? ['pipeline'] : [];
  const held = prefix.length === 1 ? document.pipeline : document;
  if (typeof held !== 'object' || held === null || !('stages' in held)) {
    throw new DocumentError('The file has no pipeline: expected `stages`, `pipeline` or a CloudFormation template.', 1);
  }
  const declaration = Object.fromEntries(Object.entries(held).filter(([name]) => !printedOnly.includes(name)));
  return { pipelines: [{ declaration, lineOf: (path) => lineOf([...prefix, ...path]) }], projects: [] };
}

/** Members of templates begin with a capital letter, except in configurations. */
function toTemplate(path: Path): (part: string | number, index: number) => string | number {
  const configuration = path.indexOf('configuration');
  return (part, index) =>
    typeof part === 'number' || (configuration >= 0 && index > configuration)
      ? part
      : part.charAt(0).toUpperCase() + part.slice(1);
}
