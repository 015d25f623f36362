// A throw-away Orthanc with DICOMweb, on loopback, in a folder of its own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PLUGIN = [
  '/usr/share/orthanc/plugins/libOrthancDicomWeb.so', '/usr/lib/orthanc/libOrthancDicomWeb.so',
].find(file => fs.existsSync(file));
const START_TRIES = 100, STOP_MS = 5000;

/** What is missing to start one; empty when nothing is. */
export const missing = () => [
  fs.existsSync('/usr/sbin/Orthanc') ? '' : 'orthanc', PLUGIN ? '' : 'orthanc-dicomweb'].filter(Boolean);

export const freePort = () => new Promise((resolve, reject) => {
  const server = net.createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Orthanc {
  #process;

  static async start(folder) {
    const orthanc = new Orthanc();
    const storage = path.join(folder, 'orthanc');
    fs.mkdirSync(storage, { recursive: true });
    orthanc.port = await freePort();
    const config = path.join(folder, 'orthanc.json');
    fs.writeFileSync(config, JSON.stringify({
      Name: 'viewers', StorageDirectory: storage, IndexDirectory: storage, Plugins: [PLUGIN],
      HttpPort: orthanc.port, DicomServerEnabled: false, RemoteAccessAllowed: false,
      AuthenticationEnabled: false, SaveJobs: false, SyncStorageArea: false,
      DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false, StudiesMetadata: 'Full',
        SeriesMetadata: 'Full' },
    }));
    const log = fs.openSync(path.join(folder, 'orthanc.log'), 'w');
    orthanc.#process = spawn('/usr/sbin/Orthanc', [config], { stdio: ['ignore', log, log] });
    for (let i = 0; i < START_TRIES; i++) {
      await sleep(100);
      if (orthanc.#process.exitCode !== null) break;
      if (await orthanc.get('/system').catch(() => null)) return orthanc;
    }
    await orthanc.stop();
    throw new Error('Orthanc did not start');
  }

  /** The answer to a GET, as JSON or, with `accept`, as bytes. */
  async get(resource, accept) {
    const headers = accept ? { Accept: accept } : {};
    const answer = await fetch(`http://127.0.0.1:${this.port}${resource}`, { headers });
    if (!answer.ok) throw new Error(`Orthanc answers ${answer.status} to ${resource}`);
    return accept ? Buffer.from(await answer.arrayBuffer()) : answer.json();
  }

  async post(resource, body) {
    const answer = await fetch(`http://127.0.0.1:${this.port}${resource}`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`Orthanc answers ${answer.status} to ${resource}`);
    return answer.json();
  }

  /** Takes in every file of `folder`, in whatever transfer syntax. */
  async store(folder) {
    if (!fs.existsSync(folder)) return;
    for (const name of fs.readdirSync(folder).filter(name => name.endsWith('.dcm'))) {
      await this.post('/instances', fs.readFileSync(path.join(folder, name)));
    }
  }

  async stop() {
    if (!this.#process || this.#process.exitCode !== null) return;
    const gone = new Promise(resolve => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    const late = sleep(STOP_MS, 'late', { ref: false });
    if (await Promise.race([gone, late]) === 'late') this.#process.kill('SIGKILL');
  }
}
