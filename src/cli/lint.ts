import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ConfigurationError } from '../config/setting.ts';
import { DocumentError } from '../declarations/located-value.ts';
import { readDeclarations, type TemplateSettings } from '../declarations/read-declarations.ts';
import { isUnresolved } from '../declarations/template-values.ts';
import type { LintContext } from '../lint/finding.ts';
import { type FindingFormat, formatFindings, type PlacedFinding } from '../lint/format-findings.ts';
import { lintDeclaration } from '../lint/lint-declaration.ts';
import { collect } from './options.ts';
import { knownProjects, readProjectFile } from './project-file.ts';
import type { CommandContext } from './terminal.ts';

interface LintFlags {
  format: FindingFormat;
  parameter?: string[];
  region: string;
  resources?: string;
}

/** The exit code if a file has an error. */
const hasErrors = 4;

/** Adds `millrace lint`. */
export function addLint(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('lint')
    .description('Say what is wrong with declarations of pipelines, before they are saved; see docs/lint.md')
    .argument('<file...>', 'JSON or YAML of pipelines, or CloudFormation templates')
    .addOption(
      new Option('--format <format>', 'Form of the findings').choices(['text', 'json', 'sarif']).default('text'),
    )
    .option('--parameter <NAME=VALUE>', 'Value of a parameter of a template; repeatable', collect)
    .option('--resources <file>', 'YAML file of resources, with the projects that actions build')
    .option('--region <region>', 'Region of the pipelines', 'us-east-1')
    .action(async (files: string[], flags: LintFlags) => {
      const { lacksProvider } = await import('../server/built-in-types.ts');
      const parameters = readParameters(flags.parameter ?? []);
      const settings = { parameters, region: flags.region, account: '123456789012' };
      const stored = flags.resources === undefined ? undefined : readProjectFile(flags.resources, terminal.env);
      const context = { region: flags.region, isUnresolved, lacksProvider, ...(stored && { projects: stored }) };
      const findings = files.flatMap((file) => lintFile(file, settings, context));
      if (flags.format !== 'text' || findings.length > 0) terminal.print(formatFindings(findings, flags.format));
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      terminal.complain(`${files.length} files: ${errors} errors, ${findings.length - errors} warnings.`);
      finish(errors > 0 ? hasErrors : 0);
    });
}

function lintFile(file: string, settings: TemplateSettings, context: LintContext): PlacedFinding[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  try {
    const { pipelines, projects } = readDeclarations(text, settings);
    const known = context.projects || projects.length > 0;
    const own = known ? { projects: new Map([...(context.projects ?? []), ...knownProjects(projects)]) } : {};
    return pipelines.flatMap(({ declaration, lineOf }) => {
      const { name } = (declaration ?? {}) as { name?: unknown };
      return lintDeclaration(declaration, { ...context, ...own })
        .map((finding) => ({ ...finding, file, line: lineOf(finding.path), pipeline: String(name ?? '') }))
        .sort((left, right) => left.line - right.line);
    });
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const { line, message } = error;
    return [{ rule: 'unreadable', severity: 'error', path: [], message, file, line, pipeline: '' }];
  }
}

function readParameters(given: string[]): Record<string, string> {
  const wrong = given.filter((text) => !/^[A-Za-z0-9]+=/.test(text));
  if (wrong.length > 0) throw new ConfigurationError(wrong.map((text) => `--parameter ${text}: expected NAME=VALUE.`));
  return Object.fromEntries(given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}
