// The adapters are made for browsers; these names have to exist when they are loaded, no more.
const page = {
  createElement: () => ({ getContext: () => null, style: {} }),
  addEventListener() {},
  documentElement: { style: {} },
};
globalThis.window ??= globalThis;
globalThis.self ??= globalThis;
globalThis.document ??= page;
