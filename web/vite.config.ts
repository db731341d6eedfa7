import { defineConfig } from 'vite'

/** The page: `npm run build` writes it to dist/web, which `emograph serve` serves at `/`. */
export default defineConfig({
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The content security policy of the page knows no `data:` scripts or fonts.
    assetsInlineLimit: 0,
    // The one warning would be about sigma, which is loaded with the graph.
    chunkSizeWarningLimit: 700,
  },
  // `npx vite web` beside a server at its usual address.
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8765', ws: true } } },
})
