// The Azure Pipelines task: runs the publisher's image with docker, as the agent's own user and with
// no rights, and tells the agent how it ended.
//
// What the agent offers and reads is its own protocol (microsoft/azure-pipelines-agent, Handler.cs and
// microsoft/azure-pipelines-task-lib, docs/authoring/commands.md): inputs as INPUT_*, secret variables
// as SECRET_*, service connections as ENDPOINT_*, the verdict as ##vso[task.complete]. Nothing secret
// stands in an argument: docker gets the names of variables and takes their values from its environment.
'use strict';

const {spawn} = require('node:child_process');
const {randomUUID} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const task = require('../task.json');

// What ado_publisher/ci.py reads under Azure Pipelines; a test holds the two equal.
const VARIABLES = [
  'TF_BUILD',
  'SYSTEM_COLLECTIONURI', 'SYSTEM_TEAMFOUNDATIONCOLLECTIONURI', 'SYSTEM_TEAMPROJECT',
  'SYSTEM_STAGENAME', 'SYSTEM_STAGEATTEMPT', 'SYSTEM_PHASENAME', 'SYSTEM_PHASEATTEMPT',
  'SYSTEM_JOBNAME', 'SYSTEM_JOBATTEMPT',
  'SYSTEM_PULLREQUEST_SOURCEBRANCH', 'SYSTEM_PULLREQUEST_TARGETBRANCH',
  'SYSTEM_PULLREQUEST_PULLREQUESTNUMBER', 'SYSTEM_PULLREQUEST_PULLREQUESTID',
  'BUILD_BUILDID', 'BUILD_BUILDNUMBER', 'BUILD_SOURCEBRANCH', 'BUILD_SOURCEVERSION', 'BUILD_REPOSITORY_NAME',
  'RELEASE_RELEASEID', 'RELEASE_RELEASENAME', 'RELEASE_RELEASEWEBURL', 'RELEASE_ENVIRONMENTURI',
  'RELEASE_ENVIRONMENTNAME', 'RELEASE_ATTEMPTNUMBER',
  'AGENT_TEMPDIRECTORY',
];
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'];
const CERTIFICATES = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
// Folders of the agent that reports, artifacts and summaries lie in; what is inside another is left out.
const FOLDERS = ['AGENT_BUILDDIRECTORY', 'PIPELINE_WORKSPACE', 'SYSTEM_ARTIFACTSDIRECTORY', 'AGENT_TEMPDIRECTORY'];
// Inputs of this handler; the publisher does not know them.
const OWN_INPUTS = ['INPUT_IMAGE', 'INPUT_SERVICECONNECTION'];
const OWN_PREFIX = 'ADO_PUBLISHER_';
const PROGRAM = 'ADO_PUBLISHER_DOCKER';

const MEANINGS = {
  1: 'Published, but not everything is well: failed tests, a threshold, unmatched results, nothing that ' +
    'matched, or an item that the service refused. The log and the summary say which.',
  2: 'A setting or the config is wrong, or names what Azure DevOps does not know. Nothing was published.',
  3: 'A report could not be read; the others were published.',
  4: 'Azure DevOps refused the credential or the whole, or stayed unreachable. What is left to do is kept ' +
    'in the journal: ado-publisher resume finishes it.',
  125: 'docker could not start the container: the image is not to be had, the docker daemon does not ' +
    'answer, or it refused an option. Its own words stand above.',
  126: 'The image has nothing that can be started: is the input image an image of ado-publisher?',
  127: 'The image has nothing that can be started: is the input image an image of ado-publisher?',
  130: 'The step was cancelled.',
  137: 'The publisher was killed, by the cancelled step or because memory ran out.',
  143: 'The step was cancelled.',
};

/** What is wrong before docker runs; its message is for the user. */
class SetupError extends Error {}

/** The credential, and the organization a service connection names; as variables for the publisher. */
function credential(env) {
  const connection = text(env.INPUT_SERVICECONNECTION);
  const own = text(env.INPUT_TOKEN) || text(env.ADO_PUBLISHER_TOKEN) || text(env.ADO_PUBLISHER_TOKEN_FILE);
  if (connection && own) {
    throw new SetupError('Both a service connection and a token are given; keep one of them.');
  }
  if (connection) {
    const token = endpointParameter(env, connection, 'apitoken') || endpointParameter(env, connection, 'AccessToken');
    if (!token) throw new SetupError('The service connection holds no token; its type must be Azure Repos/Team Foundation Server with token based authentication.');
    const url = text(env.INPUT_ORGANIZATIONURL) || text(env[`ENDPOINT_URL_${connection}`]);
    return {ADO_PUBLISHER_TOKEN: token, INPUT_ORGANIZATIONURL: url};
  }
  if (own) return {};
  // A secret variable of the pipeline reaches a task under this name only.
  const secret = text(env.SECRET_ADO_PUBLISHER_TOKEN);
  if (secret) return {ADO_PUBLISHER_TOKEN: secret};
  const access = endpointParameter(env, 'SYSTEMVSSCONNECTION', 'AccessToken') || text(env.SYSTEM_ACCESSTOKEN);
  return access ? {SYSTEM_ACCESSTOKEN: access} : {};
}

function endpointParameter(env, id, name) {
  const direct = text(env[`ENDPOINT_AUTH_PARAMETER_${id}_${name.toUpperCase()}`]);
  if (direct) return direct;
  try {
    return text(JSON.parse(env[`ENDPOINT_AUTH_${id}`] || '{}').parameters?.[name]);
  } catch {
    return '';
  }
}

function text(value) {
  return typeof value === 'string' ? value.trim() : '';
}

/** The proxy and the certificates the agent was configured with, where no variable names others. */
function agentNetwork(env) {
  const found = {};
  const proxied = PROXIES.some((name) => !name.toLowerCase().startsWith('no_') && text(env[name]));
  if (text(env.AGENT_PROXYURL) && !proxied) {
    found.HTTPS_PROXY = found.HTTP_PROXY = text(env.AGENT_PROXYURL);
  }
  if (text(env.AGENT_CAINFO) && !CERTIFICATES.some((name) => text(env[name]))) {
    found.REQUESTS_CA_BUNDLE = text(env.AGENT_CAINFO);
  }
  return found;
}

/** The names of the variables that the container gets; empty ones are absent ones. */
function passed(env) {
  const wanted = new Set([...VARIABLES, ...PROXIES, ...CERTIFICATES, 'SYSTEM_ACCESSTOKEN']);
  return Object.keys(env).filter((name) => text(env[name]) && (
    wanted.has(name) ||
    (name.startsWith('INPUT_') && !OWN_INPUTS.includes(name)) ||
    (name.startsWith(OWN_PREFIX) && name !== PROGRAM)
  )).sort();
}

/** Folders to mount writable and files to mount read-only, each at its own path. */
function mounts(env, directory) {
  const folders = [directory, ...FOLDERS.map((name) => text(env[name]))].filter(isFolder).map((each) => path.resolve(each));
  const distinct = [...new Set(folders)];
  const outer = distinct.filter((each) => !distinct.some((other) => other !== each && inside(each, other)));
  const named = [...CERTIFICATES, 'ADO_PUBLISHER_TOKEN_FILE', 'INPUT_TOKENFILE'].map((name) => text(env[name]));
  const files = [...new Set(named)].filter((each) => path.isAbsolute(each) && fs.existsSync(each));
  const readOnly = files.filter((each) => !outer.some((folder) => inside(each, folder)));
  for (const each of [...outer, ...readOnly]) {
    if (each.includes(':')) throw new SetupError(`docker cannot mount ${each}: its path holds a colon.`);
  }
  return [...outer.map((each) => `${each}:${each}`), ...readOnly.map((each) => `${each}:${each}:ro`)];
}

function isFolder(name) {
  return Boolean(name) && fs.statSync(name, {throwIfNoEntry: false})?.isDirectory() === true;
}

function inside(name, folder) {
  const relative = path.relative(folder, name);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

/** What is started: program, arguments, environment. `user` is uid:gid, `name` the container's. */
function plan(env, {user, name, directory}) {
  // Neither docker nor the publisher needs the other secrets and connections of the pipeline.
  const kept = Object.entries(env).filter(([key]) => !/^(SECRET_|ENDPOINT_|SECUREFILE_)/.test(key));
  const environment = {...Object.fromEntries(kept), ...agentNetwork(env), ...credential(env)};
  const {Major, Minor, Patch} = task.version;
  const image = text(env.INPUT_IMAGE) || `ado-publisher:${Major}.${Minor}.${Patch}`;
  if (image.startsWith('-')) throw new SetupError(`The input image is no name of an image: ${image}`);
  return {
    program: text(env[PROGRAM]) || 'docker',
    environment,
    args: [
      'run', '--rm', '--name', name, '--user', user,
      '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
      ...mounts(environment, directory).flatMap((mount) => ['-v', mount]),
      '-w', directory,
      ...passed(environment).flatMap((variable) => ['-e', variable]),
      image, 'publish',
    ],
  };
}

/** The line that tells the agent how the task ended. */
function verdict(code) {
  if (code === 0) return '##vso[task.complete result=Succeeded;]';
  return failed(MEANINGS[code] ? `${MEANINGS[code]} (exit code ${code})` : `The publisher ended with exit code ${code}.`);
}

function failed(message) {
  // The agent's CommandStringConvertor: % first.
  const data = message.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `##vso[task.complete result=Failed;]${data}`;
}

/** Starts the plan and resolves to its exit code; a cancelled step closes its run first. */
function execute({program, args, environment}, name) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {env: environment, stdio: ['ignore', 'inherit', 'inherit']});
    let signals = 0;
    const forward = (signal) => {
      signals += 1;
      // The client hands the first signal to the publisher, which closes its run. The agent sends a
      // second one shortly before it kills; the container must not outlive the step.
      if (signals === 1) child.kill(signal);
      else spawn(program, ['stop', '-t', '2', name], {env: environment, stdio: 'ignore'}).on('error', () => {});
    };
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? 128 + (os.constants.signals[signal] ?? 0));
    });
  });
}

/** Runs the task and returns the line for the agent. */
async function main(env) {
  if (typeof process.getuid !== 'function') {
    return failed('This task needs an agent on Linux or macOS with docker. On Windows install the Python package and run ado-publisher publish in a script step.');
  }
  const directory = path.resolve(text(env.SYSTEM_DEFAULTWORKINGDIRECTORY) || process.cwd());
  const name = `ado-publisher-${randomUUID()}`;
  try {
    if (!isFolder(directory)) throw new SetupError(`The working directory ${directory} does not exist.`);
    const started = plan(env, {user: `${process.getuid()}:${process.getgid()}`, name, directory});
    return verdict(await execute(started, name));
  } catch (error) {
    if (error instanceof SetupError) return failed(error.message);
    if (error.code === 'ENOENT' || error.code === 'EACCES') {
      return failed(`${text(env[PROGRAM]) || 'docker'} cannot be started (${error.code}): this task needs docker on the agent. ` +
        'In a container job, or without docker, run ado-publisher publish in a script step.');
    }
    throw error;
  }
}

module.exports = {VARIABLES, failed, main, plan, verdict};

if (require.main === module) {
  // The agent reads the verdict, not the exit code.
  main(process.env).then((line) => process.stdout.write(`\n${line}\n`));
}
