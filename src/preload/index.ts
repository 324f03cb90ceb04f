import type { Bridge } from '@shared/bridge'
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'

// Each of the page's stores that follows something is a listener of the one channel: more than ten of them are no leak.
ipcRenderer.setMaxListeners(100)

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke('call', name, input),
  on(event, listener) {
    const heard = (_: IpcRendererEvent, name: string, payload: unknown) => {
      if (name === event) listener(payload)
    }
    ipcRenderer.on('event', heard)
    return () => {
      ipcRenderer.off('event', heard)
    }
  },
}

contextBridge.exposeInMainWorld('bridge', bridge)
