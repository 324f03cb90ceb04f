@echo off
rem A command of IT: okno audit verify. Okno.exe is a program with a window, so the prompt is made to wait for it.
start "" /b /wait "%~dp0Okno.exe" -- %*
exit /b %errorlevel%
