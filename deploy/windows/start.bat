@echo off
rem Starts SmartRoute on Windows: in WSL 2 where a Debian 12 is there, else in Docker Desktop. Says what to install where neither is.
rem Double-click it, or: deploy\windows\start.bat [arguments of "smartroute up", in WSL only]
rem Exit codes: 0 well, 1 failed, 2 neither WSL 2 with Debian 12 nor Docker Desktop.
rem This file is ASCII; what it says in two languages lies in words\, in UTF-8.
setlocal
set "HERE=%~dp0"
for %%I in ("%HERE%..\..") do set "ROOT=%%~fI"
set "OLD_CODE_PAGE="
for /f "tokens=2 delims=:" %%C in ('chcp') do set "OLD_CODE_PAGE=%%C"
chcp 65001 >nul

where wsl.exe >nul 2>&1
if errorlevel 1 goto look_for_docker
set "DISTRIBUTION=-d Debian"
wsl.exe %DISTRIBUTION% --cd "%ROOT%" -e sh deploy/windows/start_in_wsl.sh check >nul 2>&1
if not errorlevel 1 goto in_wsl
set "DISTRIBUTION="
wsl.exe --cd "%ROOT%" -e sh deploy/windows/start_in_wsl.sh check >nul 2>&1
if not errorlevel 1 goto in_wsl
goto look_for_docker

:in_wsl
type "%HERE%words\in_wsl.txt"
wsl.exe %DISTRIBUTION% --cd "%ROOT%" -e sh deploy/windows/start_in_wsl.sh run %*
if errorlevel 1 goto failed
goto well

:look_for_docker
where docker.exe >nul 2>&1
if errorlevel 1 goto neither
docker.exe info >nul 2>&1
if errorlevel 1 goto docker_is_off
type "%HERE%words\in_docker.txt"
docker.exe build -f "%ROOT%\deploy\docker\Dockerfile" -t smartroute "%ROOT%"
if errorlevel 1 goto failed
docker.exe run --rm --init -it --name smartroute --read-only --cap-drop ALL --security-opt no-new-privileges --stop-timeout 40 -p 127.0.0.1:8080:8080 -p 127.0.0.1:6688:6688 -v smartroute:/var/lib/smartroute -e OPENAI_API_KEY -e ANTHROPIC_API_KEY -e DEEPSEEK_API_KEY -e GEMINI_API_KEY -e GROQ_API_KEY -e MISTRAL_API_KEY -e XAI_API_KEY -e MOONSHOT_API_KEY -e DASHSCOPE_API_KEY -e ZHIPU_API_KEY -e OPENROUTER_API_KEY -e TOGETHER_API_KEY smartroute
if errorlevel 1 goto failed
goto well

:docker_is_off
type "%HERE%words\docker_is_off.txt"
set "RESULT=2"
goto finish

:neither
type "%HERE%words\neither.txt"
set "RESULT=2"
goto finish

:failed
type "%HERE%words\failed.txt"
set "RESULT=1"
goto finish

:well
set "RESULT=0"
goto finish

:finish
if defined OLD_CODE_PAGE chcp %OLD_CODE_PAGE% >nul
if not "%RESULT%"=="0" pause
exit /b %RESULT%
