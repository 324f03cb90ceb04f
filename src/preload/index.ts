import type { Bridge } from '@shared/bridge'
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'

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
