import { BuildFailure } from './build-result.ts';

/** How a runtime says its version, and what may switch to another one. */
interface Runtime {
  /** Prints the version. */
  version: string;
  /** Shell commands that switch to `$wanted`, tried in turn; each fails if its program is not there. */
  switches: readonly string[];
}

/** Version managers that have many runtimes. */
function managed(name: string): string[] {
  return [
    `command -v mise >/dev/null && found="$(mise where ${name}@"$wanted")" && export PATH="$found/bin:$PATH"`,
    `command -v asdf >/dev/null && found="$(asdf latest ${name} "$wanted")" && export ASDF_${name.toUpperCase()}_VERSION="$found"`,
  ];
}

/** The runtimes of CodeBuild's images, with the version managers of those images and of other machines. */
const runtimes: Record<string, Runtime> = {
  dotnet: { version: 'dotnet --version', switches: managed('dotnet') },
  golang: {
    version: 'go version',
    switches: ['command -v goenv >/dev/null && export GOENV_VERSION="$wanted"', ...managed('golang')],
  },
  java: {
    version: 'java -version 2>&1',
    switches: [
      'for home in /usr/lib/jvm/*-"$wanted"-* /usr/lib/jvm/*-"$wanted"; do if [ -x "$home/bin/java" ]; then export JAVA_HOME="$home" PATH="$home/bin:$PATH"; break; fi; done',
      ...managed('java'),
    ],
  },
  nodejs: {
    version: 'node --version',
    switches: [
      'command -v n >/dev/null && n "$wanted"',
      '[ -s "${NVM_DIR-}/nvm.sh" ] && . "$NVM_DIR/nvm.sh" && nvm use "$wanted"',
      'command -v fnm >/dev/null && eval "$(fnm env --shell bash)" && fnm use "$wanted"',
      ...managed('nodejs'),
    ],
  },
  php: { version: 'php --version', switches: ['command -v phpenv >/dev/null && phpenv global "$wanted"'] },
  python: {
    version: 'python3 --version',
    switches: [
      'command -v pyenv >/dev/null && found="$(pyenv latest "$wanted")" && export PYENV_VERSION="$found" PATH="$(pyenv root)/shims:$PATH"',
      'found="$(command -v "python$wanted")" && mkdir -p "$HOME/.runtimes" && ln -sf "$found" "$HOME/.runtimes/python3" && ln -sf "$found" "$HOME/.runtimes/python" && export PATH="$HOME/.runtimes:$PATH"',
      ...managed('python'),
    ],
  },
  ruby: {
    version: 'ruby --version',
    switches: ['command -v rbenv >/dev/null && export RBENV_VERSION="$wanted"', ...managed('ruby')],
  },
  rust: { version: 'rustc --version', switches: ['command -v rustup >/dev/null && rustup default "$wanted"'] },
};

/** Versions as buildspecs write them; a variable is allowed. */
const versionPattern = /^[A-Za-z0-9._-]+$|^\$[A-Za-z_][A-Za-z0-9_]*$|^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Throws BuildFailure, in CodeBuild's words, for a runtime that no image has. */
export function checkRuntimes(wanted: Record<string, string>): void {
  for (const [name, version] of Object.entries(wanted)) {
    if (!Object.hasOwn(runtimes, name)) {
      const known = Object.keys(runtimes).join(', ');
      throw new BuildFailure(
        'YAML_FILE_ERROR',
        `Unknown runtime named '${name}'. This build image has the following runtimes: ${known}`,
      );
    }
    if (!versionPattern.test(version)) {
      throw new BuildFailure('YAML_FILE_ERROR', `Unknown runtime version named '${version}' of ${name}.`);
    }
  }
}

/**
 * Returns a shell command that chooses the version of a runtime: what is there already, else by a version manager. We
 * download nothing. If neither has the version the command says so in CodeBuild's words, and the build goes on.
 */
export function selectRuntime(name: string, wanted: string): string {
  const { version, switches } = runtimes[name] ?? { version: 'false', switches: [] };
  const tries = switches.map((command) => `has_version || { ${command}; } >/dev/null 2>&1`);
  return `wanted="${wanted}"
wanted="\${wanted#corretto}"; wanted="\${wanted#openjdk}"; wanted="\${wanted%.x}"
has_version() {
  if [ "$wanted" = latest ]; then ${version} >/dev/null 2>&1; return; fi
  ${version} 2>/dev/null | head -n 1 | grep -Eq "(^|[^0-9.])$(printf %s "$wanted" | sed 's/[.]/[.]/g')([^0-9]|$)"
}
${tries.join('\n')}
if has_version; then
  echo "Using ${name} $wanted: $(${version} 2>/dev/null | head -n 1)"
else
  echo "Skipping install of runtimes. Runtime version selection is not supported by this build image"
  echo "${name} $wanted was asked for; $(${version} 2>/dev/null | head -n 1 | grep . || echo 'there is none')"
fi`;
}
