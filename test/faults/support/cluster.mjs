// A PostgreSQL server of a fault run's own, that can be stopped, frozen and filled up without harm to anybody.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSIONS = "/usr/lib/postgresql";
const MAX_CONNECTIONS = 40;

/** Whether PostgreSQL's own programs are on this machine. */
export const hasPostgres = () => programs() !== undefined;

function programs() {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const folders = versions.map((version) => join(VERSIONS, version, "bin"));
  return folders.toSorted().findLast((folder) => existsSync(join(folder, "initdb")));
}

export async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), "leadgate-faults-postgres-"));
  const data = join(folder, "data");
  if (process.getuid() === 0) chownSync(folder, Number(spawnSync("id", ["-u", "postgres"]).stdout), -1);
  const port = await freePort();
  await run("initdb", ["-D", data, "-A", "trust", "-U", "postgres"]);
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=${MAX_CONNECTIONS}`;
  const start = () => run("pg_ctl", ["-D", data, "-w", "-o", options, "-l", join(folder, "log"), "start"]);
  const signal = (name) => {
    for (const pid of processesOf(data)) process.kill(pid, name);
  };
  const close = () => {
    process.removeListener("exit", close);
    if (!existsSync(folder)) return;
    if (existsSync(join(data, "postmaster.pid"))) {
      signal("SIGCONT");
      spawnSync(...commandOf("pg_ctl", ["-D", data, "-m", "immediate", "stop"]), { stdio: "ignore" });
    }
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", close);
  await start();
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    maxConnections: MAX_CONNECTIONS,
    start,
    /** @param mode as `pg_ctl` has it: `fast` or `immediate`. */
    stop: (mode) => run("pg_ctl", ["-D", data, "-w", "-m", mode, "stop"]),
    /** Every process of the server stops where it is, and nobody is told. */
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    close,
  };
}

/** PostgreSQL does not run as root. */
function commandOf(program, options) {
  const command = [join(programs(), program), ...options];
  return process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", ...command]] : [command[0], command.slice(1)];
}

async function run(program, options) {
  const child = spawn(...commandOf(program, options), { cwd: tmpdir(), stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

function processesOf(data) {
  const main = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
  const children = readFileSync(`/proc/${main}/task/${main}/children`, "utf8").trim();
  return [main, ...children.split(" ").filter(Boolean).map(Number)];
}

/** A port nobody listens on at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
