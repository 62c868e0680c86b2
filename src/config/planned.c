/* The one table of what is to come. Nobody reads the values: offsets are 0. */
#include "config/planned.h"

#include <stddef.h>

/* clang-format off */
static const vg_option vertex_ai[] = {
    {"project_id",     VG_OPT_TEXT, 0, .doc = "the Google Cloud project"},
    {"location",       VG_OPT_TEXT, 0, .doc = "its region"},
    {"index_endpoint", VG_OPT_TEXT, 0, .doc = "resource name of the index endpoint"},
    {0},
};
static const vg_option databricks[] = {
    {"workspace_url", VG_OPT_URL,    0, .doc = "the workspace"},
    {"token",         VG_OPT_SECRET, 0, .env = "DATABRICKS_TOKEN", .doc = "access token"},
    {0},
};
static const vg_option pinecone[] = {
    {"api_key",     VG_OPT_SECRET, 0, .env = "PINECONE_API_KEY", .doc = "key of the project"},
    {"environment", VG_OPT_TEXT,   0, .doc = "region of its indexes"},
    {0},
};
static const vg_option weaviate[] = {
    {"url",     VG_OPT_URL,    0, .doc = "the server"},
    {"api_key", VG_OPT_SECRET, 0, .env = "WEAVIATE_API_KEY", .doc = "its key"},
    {0},
};
static const vg_option mongodb[] = {
    {"connection_string", VG_OPT_SECRET, 0, .env = "MONGODB_URL", .doc = "mongodb:// or mongodb+srv://"},
    {0},
};
static const vg_option pgvector[] = {
    {"connection_string", VG_OPT_SECRET, 0, .env = "PGVECTOR_URL", .doc = "postgresql://"},
    {0},
};
static const vg_option qdrant[] = {
    {"url",     VG_OPT_URL,    0, .env = "QDRANT_URL", .doc = "the server's REST address"},
    {"api_key", VG_OPT_SECRET, 0, .env = "QDRANT_API_KEY", .doc = "its key"},
    {0},
};

const vg_planned vg_planned_backends[] = {
    {"qdrant",     qdrant},
    {"pgvector",   pgvector},
    {"pinecone",   pinecone},
    {"weaviate",   weaviate},
    {"mongodb",    mongodb},
    {"vertex_ai",  vertex_ai},
    {"databricks", databricks},
    {0},
};
/* clang-format on */

const char *const vg_planned_metadata[] = {"file",    "postgresql", "postgres",
                                           "mongodb", "dynamodb",   NULL};
