/* vecgate COMMAND [FLAGS]: finds the command, reads its flags, runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/commands.h"

enum { USAGE = 2, WORDS_BYTES = 1 << 20 };

/* clang-format off */
static const struct command {
    const char *name;
    vg_command_fn *run;
    unsigned takes;
    const char *words;
    const char *doc;
} commands[] = {
    {"serve",   vg_serve_run,   VG_TAKES_CONFIG | VG_TAKES_SETS, "[--config FILE] [--data DIR] [--listen ADDRESS:PORT] [--set NAME=VALUE]...",
     "serve until SIGTERM or SIGINT"},
    {"check",   vg_check_run,   VG_TAKES_CONFIG | VG_TAKES_SETS | VG_TAKES_TRIES, "[--config FILE] [--set NAME=VALUE]... [--connect] [--isolation]",
     "say everything that is wrong with the configuration; with --connect also whether each store can be used, with --isolation whether tenants are kept apart on the backend"},
    {"config",  vg_show_run,    VG_TAKES_CONFIG | VG_TAKES_SETS, "[--config FILE] [--set NAME=VALUE]...",
     "show the values in effect and where each is from"},
    {"docs",    vg_docs_run,    VG_TAKES_WORD, "DIR",
     "write the pages and the file that come from the code's tables"},
    {"version", vg_version_run, 0, "",
     "say which build this is"},
};
/* clang-format on */

enum { COMMANDS = sizeof commands / sizeof commands[0] };

int vg_version_run(const vg_flags *flags)
{
    (void)flags;
    printf("vecgate %s\n", VG_VERSION);
    return 0;
}

static void print_commands(FILE *to)
{
    fputs("vecgate: one gateway in front of every vector database\n\nusage: vecgate COMMAND "
          "[FLAGS]\n\n",
          to);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].doc);
    fputs("\n`vecgate COMMAND --help` says more; `vecgate serve --help` lists every option.\n", to);
}

static int print_command(const struct command *command)
{
    vg_buf help;

    printf("usage: vecgate %s %s\n\n%s\n", command->name, command->words, command->doc);
    if ((command->takes & VG_TAKES_CONFIG) == 0)
        return 0;
    printf(
        "\nThe file may also be named by VECGATE_CONFIG. The environment wins over the file, the "
        "command line over both.\n\noptions:\n");
    vg_buf_init(&help, 1 << 20);
    vg_config_write_help(&help);
    fwrite(help.at, 1, help.len, stdout);
    vg_buf_fini(&help);
    return 0;
}

static const struct command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int refuse_command(const char *name)
{
    const char *names[COMMANDS];
    const char *near;

    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    near = vg_nearest(vg_slice_str(name), names, COMMANDS);
    fprintf(stderr, "vecgate: there is no command %s%s%s%s\n", name,
            near != NULL ? "; did you mean " : "", near != NULL ? near : "",
            near != NULL ? "?" : "");
    return USAGE;
}

static int run(const struct command *command, char *const *words)
{
    vg_arena *arena = vg_arena_new(WORDS_BYTES);
    vg_slice complaint = {0};
    vg_flags flags;
    int status = USAGE;

    if (arena == NULL)
        return 1;
    if (!vg_flags_read(words, command->takes, arena, &flags, &complaint))
        fprintf(stderr, "vecgate %s: " VG_FMT "\nusage: vecgate %s %s\n", command->name,
                VG_ARG(complaint), command->name, command->words);
    else
        status = flags.help ? print_command(command) : command->run(&flags);
    vg_arena_free(arena);
    return status;
}

/* A store's file must never become descriptor 1 or 2, where somebody prints. */
static void hold_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            _exit(1);
}

int main(int argc, char **argv)
{
    const struct command *command;

    hold_standard_descriptors();
    if (argc < 2) {
        print_commands(stderr);
        return USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_commands(stdout);
        return 0;
    }
    command = find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    return command != NULL ? run(command, argv + 2) : refuse_command(argv[1]);
}
