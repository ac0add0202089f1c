import { Argument, type Command } from 'commander';
import type { Terminal } from './terminal.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const advice = `
Load it when a shell starts:
  bash  eval "$(millrace completion bash)"   in ~/.bashrc
  zsh   eval "$(millrace completion zsh)"    in ~/.zshrc, after compinit
  fish  millrace completion fish | source    in ~/.config/fish/config.fish`;

/** Adds `millrace completion SHELL`, which completes the commands and options that `program` has when it runs. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('Print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', advice)
    .action((shell: Shell) => terminal.print(shell === 'fish' ? fishScript(program) : bashScript(program, shell)));
}

interface CompletedCommand {
  /** Names from the first command on; empty for the program itself. */
  path: string[];
  description: string;
  subcommands: Command[];
  options: { long: string; description: string; takesValue: boolean }[];
}

function commandsOf(command: Command, path: string[] = []): CompletedCommand[] {
  const subcommands = [...command.commands];
  const options = command.options.flatMap(({ long, description, required, optional }) =>
    long ? [{ long, description, takesValue: required || optional }] : [],
  );
  const own = { path, description: command.description(), subcommands, options };
  return [own, ...subcommands.flatMap((subcommand) => commandsOf(subcommand, [...path, subcommand.name()]))];
}

/** Also for zsh, which can run completion functions of bash. Other words are completed as files. */
function bashScript(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = commandsOf(program).map(({ path, subcommands, options }) => {
    const words = [...subcommands.map((command) => command.name()), ...options.map(({ long }) => long), '--help'];
    return `    ${JSON.stringify(path.join(' '))}) words=${JSON.stringify(words.join(' '))} ;;`;
  });
  const groups = program.commands.filter(({ commands }) => commands.length > 0).map((command) => command.name());
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_millrace() {
  local word="\${COMP_WORDS[COMP_CWORD]}" place="" words="" candidate
  if (( COMP_CWORD > 1 )); then place="\${COMP_WORDS[1]}"; fi
  case "$place" in
    ${groups.join('|')}) if (( COMP_CWORD > 2 )); then place="$place \${COMP_WORDS[2]}"; fi ;;
  esac
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  for candidate in $words; do
    if [[ "$candidate" == "$word"* ]]; then COMPREPLY+=("$candidate"); fi
  done
  if (( \${#COMPREPLY[@]} == 0 )); then COMPREPLY=( $(compgen -f -- "$word") ); fi
}
complete -o filenames -F _millrace millrace`;
}

function fishScript(program: Command): string {
  const lines = commandsOf(program).flatMap(({ path, subcommands, options }) => {
    const condition = fishCondition(path, subcommands);
    return [
      ...subcommands.map(
        (command) =>
          `complete -c millrace -f -n ${condition} -a ${command.name()} -d ${fishQuoted(command.description())}`,
      ),
      ...options.map(({ long, description, takesValue }) => {
        const value = takesValue ? ' -r' : '';
        return `complete -c millrace -n ${condition} -l ${long.slice(2)}${value} -d ${fishQuoted(description)}`;
      }),
    ];
  });
  return lines.join('\n');
}

function fishCondition(path: string[], subcommands: Command[]): string {
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const names = subcommands.map((command) => command.name());
  const none = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`];
  return fishQuoted([...seen, ...none].join('; and ') || 'true');
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
