import { defineConfig } from "vite";

// The pages travel inside the gateway's binary and run under a Content-Security-Policy that allows files of the own
// host alone: nothing may be inlined, and every path is relative.
export default defineConfig({
  base: "./",
  build: {
    outDir: "dist",
    target: "es2021",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
