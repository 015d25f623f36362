// The viewer's files and, on the same origin, Orthanc's DICOMweb.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const TYPES = {
  '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2',
};
// Without these a browser gives the viewer no shared memory.
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp',
};

function forward(request, response, port) {
  const { method, url, headers } = request;
  const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, answer => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', error => {
    if (!response.headersSent) response.writeHead(502);
    response.end(String(error));
  });
  request.pipe(onward);
}

function send(response, file) {
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { ...ISOLATED, 'Content-Type': type });
  fs.createReadStream(file).pipe(response);
}

/** Resolves to a listening server. `config` is the viewer's configuration file. */
export function startWebServer({ port, dist, config, orthancPort }) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    if (pathname.startsWith('/dicom-web/')) return forward(request, response, orthancPort);
    if (pathname === '/app-config.js') return send(response, config);
    const file = path.join(dist, path.normalize(decodeURIComponent(pathname)));
    const inside = file.startsWith(dist + path.sep) && fs.statSync(file, { throwIfNoEntry: false })?.isFile();
    if (inside) return send(response, file);
    if (path.extname(pathname)) return response.writeHead(404, ISOLATED).end();
    return send(response, path.join(dist, 'index.html'));  // a page of the application
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
